"""What a program finds around it: the environment, a clock, settings, who is at work."""
