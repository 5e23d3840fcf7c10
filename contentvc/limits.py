"""Every limit in one table, with its unit and its reason.

A limit is what this version writes at most and believes at most: what comes from a file, a remote
or the network is checked against it before anything is allocated.
"""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB

# Names and trees

NAME_LENGTH: Final = 255
"""Bytes in one name: the limit of ext4, APFS and NTFS."""
PATH_LENGTH: Final = 4096
"""Bytes in a whole path: PATH_MAX on Linux; macOS takes 1024."""
TREE_DEPTH: Final = 256
"""Folders inside one another; recursion stays far below the interpreter's own limit."""
TREE_FLAT_ENTRIES: Final = 4096
"""Entries one flat tree holds; more are split into a node of leaf trees."""
TREE_BYTES: Final = 64 * MIB
"""Canonical bytes of one tree object."""
TREE_ENTRIES: Final = 50_000_000
"""Entries below one root that a checkout or a listing will walk."""
ATTRIBUTES: Final = 1024
"""Attributes of one entry or commit."""
ATTRIBUTE_BYTES: Final = 64 * KIB
"""Bytes in an attribute's value; larger metadata is content and belongs in a file."""
ENTRY_ATTRIBUTES_BYTES: Final = 8 * KIB
"""Bytes that commands write into all attributes of one entry: a full leaf of them is 32 MiB."""

# Commits and operations

MESSAGE_BYTES: Final = 1 * MIB
"""Bytes in a commit's message."""
PARENTS: Final = 64
"""Commits that one commit follows at most."""
COMMIT_BYTES: Final = 80 * MIB
"""Canonical bytes of one commit: its message and all attributes it may have."""
OPERATION_BYTES: Final = 64 * MIB
"""Canonical bytes of one operation: a push of a million refs fits."""
BUNDLE_OPERATIONS: Final = 1000
"""Operations in one bundle."""
BUNDLE_BYTES: Final = 1 * GIB
"""A bundle, decompressed: a thousand operations and one view."""
VIEW_BYTES: Final = 512 * MIB
"""A view's bytes: ten million refs with names of 20 bytes."""
VIEW_REFRESH_BYTES: Final = 256 * KIB
"""A larger view is not rewritten at every operation, only now and then."""
REF_NAME_BYTES: Final = 1024
"""Bytes in the name of a branch, tag or other ref."""
COMMAND_WORDS: Final = 4096
"""Words of its command that an operation records; the rest is left out."""
MERGING_BYTES: Final = 64 * MIB
"""What a merge in progress is about: half a million conflicts with paths of 40 bytes."""
CONFLICTS: Final = 1_000_000
"""Conflicts of one merge in progress: each takes about 300 bytes of memory."""
CONFLICT_ITEMS: Final = 10_000
"""Items of one conflict that can be decided one by one; with more, the file is decided whole."""
AHEAD_COMMITS: Final = 10_000
"""Commits that `status` and `branch` look at to tell how far a branch is ahead or behind: a tenth
of a second."""
FEATURES: Final = 1024
"""Critical features one operation names."""

# Objects

WHOLE_BLOB: Final = 128 * KIB
"""Larger blobs are cut into chunks; up to here one read and one hash are cheaper than a list."""
CHUNK_MIN: Final = 16 * KIB
"""Bytes in a chunk at least, but for the last one of a blob: smaller ones cost more to list."""
CHUNK_AVERAGE: Final = 64 * KIB
"""Bytes in a chunk on average: what an edit of one byte stores anew."""
CHUNK_MAX: Final = 256 * KIB
"""Bytes in a chunk at most."""
CHUNKS: Final = 1_800_000
"""Chunks of one blob: about 110 GiB at the average size; the list itself stays below 64 MiB."""
BLOCK_TARGET: Final = 128 * KIB
"""Raw bytes of small objects compressed together (measured: larger gains little, reads more)."""
BLOCK_RAW: Final = 80 * MIB
"""Raw bytes of one block: the largest single object (a commit with its message, a tree)."""
PACK_BYTES: Final = 64 * MIB
"""A pack is closed once it is larger."""
PACK_LENGTH: Final = 1 * GIB
"""Length of a pack this version believes."""
PACK_CLOSED_OBJECTS: Final = 1_000_000
"""A pack is closed once it has more objects: its footer takes about 40 MB of memory."""
PACK_OBJECTS: Final = 2_000_000
"""Objects of a pack this version believes."""
PACK_BLOCKS: Final = 1_000_000
"""Blocks of a pack this version believes: each takes about 300 bytes of memory."""
FOOTER_BYTES: Final = 512 * MIB
"""Bytes of a pack's footer, decompressed: what the objects and blocks above need."""
WINDOW_LOG: Final = 23
"""zstd window of at most 8 MiB, so a hostile frame cannot ask for more memory."""
DELTA_COST: Final = 4 * MIB
"""Raw bytes one read of a delta block may have to decompress, its bases included."""
DELTA_STEP: Final = 64 * KIB
"""Counted on top of a delta block's own bytes, so that no chain is deeper than 64 blocks."""
DELTA_BASES: Final = 8
"""Older objects that one delta block is compressed against."""
DELTA_FILE: Final = 4 * KIB
"""Smaller files are stored whole. Measured on text with one edit: files of 2 to 4 KiB take 760
bytes among their neighbours and 140 as a delta, but each costs a read of its own."""
SEGMENT_BYTES: Final = 8 * GIB
"""Bytes of one index segment."""
SEGMENT_WHOLE: Final = 1 * MIB
"""Index segments up to this length are read whole, larger ones by ranges."""
PATH_SEGMENT_BYTES: Final = 64 * MIB
"""Bytes of one path segment, stored and decompressed: those written here have a few."""

# Compaction

COMPACT_FILES: Final = 512 * KIB
"""Raw bytes of small files that compaction compresses together. Measured on 25,000 versions of
5,000 files: 256 KiB gives 1.24 MB, 1 MiB 1.15 MB; to read one file takes half a millisecond."""
COMPACT_TREES: Final = 1 * MIB
"""Raw bytes of trees that compaction compresses together. Measured on 43,000 versions of 200
folders, which differ by an id or two each: 256 KiB gives 3.53 MB, 1 MiB 2.75 MB, 4 MiB 2.55 MB."""
COMPACT_BATCH: Final = 64 * MIB
"""Raw bytes that compaction holds in memory at once, beside the pack it writes."""
COMPACT_PACK: Final = 32 * MIB
"""A longer pack stays as it is, unless something in it is dropped: merging it gains nothing."""
COMPACT_RUNS: Final = 16
"""So many packs or more are merged within a command: each costs a read when segments are made."""
COMPACT_WITHIN: Final = 64 * MIB
"""Raw bytes that are rewritten at most within a command that does something else: a second or two
of many tiny objects, less of large ones."""
COMPACT_COST: Final = 1 * MIB
"""Raw bytes that reading a delta block may take before compaction shortens its chain."""
UNDO_WINDOW: Final = 30 * 86_400
"""Seconds of log time for which operations keep what they name, unless told otherwise."""
UNDO_OPERATIONS: Final = 200
"""The last so many operations of each workspace keep what they name, however old they are."""
READERS_GRACE: Final = 86_400
"""Seconds after an operation removed a pack until its file is deleted, in a replica that only
others read: a clone of a terabyte at 100 Mbit/s takes that long."""
UNLISTED_AGE: Final = 7 * 86_400
"""Seconds after which a pack that no operation lists counts as left behind: whoever wrote it
would have had to take a week from there to its operation."""

# Changes

RENAME_BLOB: Final = 1 * MIB
"""Larger files are renames only where their content is exactly the same: they are not read."""
RENAME_FILES: Final = 4000
"""Deleted, and added, files that are read to find renames with edits."""
RENAME_BYTES: Final = 32 * MIB
"""Bytes read for that, all files together: about a second."""

WHOLE_TEXT: Final = 16 * MIB
"""Larger content is compared by chunks, and never shown by line."""
COUNTED_BYTES: Final = 4 * MIB
"""Files of records whose changes `status` and `commit` count beside the rest: about 0.1 s."""
MERGE_BLOB: Final = 16 * MIB
"""A larger file that both sides changed is a conflict as a whole: merging text by line takes about
20 times its bytes of memory."""
DOCUMENT_BYTES: Final = 16 * MIB
"""Larger JSON, YAML and TOML files are read as text or bytes: as values they take 10 to 50 times
their bytes of memory."""
DOCUMENT_DEPTH: Final = 100
"""Collections inside one another in a document: far more than people write, and far below where
Python stops functions that call themselves."""
DOCUMENT_NODES: Final = 1_000_000
"""Values in a document, those that YAML's aliases repeat counted each time: about 100 bytes of
memory each."""
SIMILAR_PAIRS: Final = 1000
"""Pairs of left-over list elements that one comparison looks at: 40 ms at most for what a person
wrote; of longer lists without a key, elements are told as deleted and added."""
SIMILAR_VALUES: Final = 200
"""Values in such an element."""
MEASURED_PAIRS: Final = 32
"""Pairs that one comparison measures with DeepDiff where an element has as much in common with
several others: 1 ms each for mappings of ten values, 35 to 115 ms for two hundred."""

# Changes that are handed on

PATCH_BYTES: Final = 64 * MIB
"""A file of changes that is applied: parsed, it takes about ten times as much memory."""
PATCH_DEPTH: Final = 200
"""Values inside one another in changes, and in a document they are applied to: recursion stays
below the interpreter's own limit."""
PATCH_VALUES: Final = 5_000_000
"""Values that a JSON Patch adds, copies of what is there among them: thirty copies of a document
into itself would be a billion of them. Each takes about 80 bytes of memory."""

# Buckets

BUCKET_ATTEMPTS: Final = 5
"""Times that a request is made whose answer is lost or says to come again; with the pauses between
them, a server that refuses connections is given up after five seconds."""
BUCKET_PAUSE: Final = 0.1
"""Seconds before the second attempt; before each further one four times as many, three at most."""
BUCKET_CONNECT: Final = 5
"""Seconds in which a connection is made."""
BUCKET_ANSWER: Final = 20
"""Seconds without a byte after which a small request, or the rest of an answer, counts as lost."""
BUCKET_BODY: Final = 300
"""Seconds in which one request with a large body ends: 30 KB/s for the largest."""
BUCKET_SMALL: Final = 256 * KIB
"""Larger bodies are given that time."""
BUCKET_ONE_PUT: Final = 8 * MIB
"""Larger uploads go in parts: several connections are faster than one, and a lost one costs a part.
Such an upload takes four requests more than its parts."""
BUCKET_PART: Final = 8 * MIB
"""Bytes of a part; S3 takes 10,000 of them, so 80 GiB a name, and none below 5 MiB."""
BUCKET_PARTS: Final = 4
"""Parts of one upload that are under way, and in memory, at once."""
BUCKET_READ: Final = 1 * GIB
"""Bytes of a name that is read whole: as long as the longest bundle."""
BUCKET_PAGE: Final = 1000
"""Names that one request lists: as many as S3 tells at once."""

# Working tree

STATE_BYTES: Final = 4 * GIB
SWAPPED: Final = 256 * MIB
"""Old files a checkout keeps beside new ones at most, before it removes them."""
"""Bytes of the file that remembers the working tree."""
SAVED_CHANGE: Final = 1 * GIB
"""Uncommitted bytes a command saves by itself before it overwrites them."""
JSON_BYTES: Final = 1 * MIB
"""A repository file."""
UPSTREAMS_BYTES: Final = 16 * MIB
"""Bytes of the file that names the remote of each branch: some 300,000 branches."""
SETTINGS_BYTES: Final = 64 * KIB
"""A file of settings: as TOML, two of its bytes can become a kilobyte of dictionaries."""
SETTINGS_DOTS: Final = 100
"""Dots in one line of it: Python's TOML reader needs memory by their square."""
SPARSE_PATHS: Final = 10_000
"""Paths of a sparse working tree: every command reads them, 10 ms for so many."""
SPARSE_BYTES: Final = 512 * KIB
"""Bytes of these paths together."""
MARKER_BYTES: Final = 2 * MIB
"""A working tree's marker: of each byte of a path it may need three."""

# Records and documents

NESTING: Final = 128
"""Levels of lists and mappings inside one another: comparing them takes a few calls a level, far
below the interpreter's own limit, which also bounds the calls around."""
INTEGER_DIGITS: Final = 4000
"""Digits of an integer; longer ones are decimals, as turning them into binary takes the square."""
RECORD_BYTES: Final = 64 * MIB
"""Bytes of one record: what is parsed takes about ten times as much memory."""
COLUMNS: Final = 16_384
"""Columns of a table: as many as spreadsheets write."""
RECORDS_WHOLE: Final = 32 * MIB
"""A file of records up to here is read whole to be compared; of a larger one only regions that
differ are read, and line numbers are not counted."""
RECORDS_HELD: Final = 64 * MIB
"""Bytes of differing records that a comparison keeps; of more it keeps places, and reads again."""
MERGE_RECORDS: Final = 32 * MIB
"""A larger file of records is not merged by record: three versions, their records and their keys
take about ten times a version in memory, so this much takes 400 MB."""
PARQUET_BYTES: Final = 1 * GIB
"""Bytes that the columns of a Parquet file declare to take, decompressed: it is read whole."""
PARQUET_ROWS: Final = 20_000_000
"""Rows of a Parquet file: each takes some hundred bytes once its key is compared."""
PARQUET_FOOTER: Final = 64 * MIB
"""Bytes of a string in a Parquet file's footer."""
PARQUET_GROUP: Final = 1_048_576
"""Rows of one group where no file tells how it groups them: pyarrow's own."""

# Content sets

DECLARATION_BYTES: Final = 256 * KIB
"""Bytes of contentvc.toml: as TOML, two of its bytes can become a kilobyte of dictionaries."""
DECLARATION_DOTS: Final = 16
"""Dots in keys of one line of it: Python's TOML reader needs memory by their square, and there is
no key in it with more than two."""
DECLARATION_DEPTH: Final = 32
"""Brackets inside one another in it: Python's TOML reader needs its stack for them."""
CONTENT_SETS: Final = 1000
"""Content sets declared in it."""
SET_PATTERNS: Final = 10_000
"""Patterns of all sets: about two seconds until the first path can be looked up."""
SET_WORDS: Final = 1000
"""Patterns, keys or names in one list of a content set."""
SET_WORD: Final = 1024
"""Characters of one of them."""
PROPOSED_FILE: Final = 4 * MIB
"""Bytes of a file that are read to find its key for a first declaration."""
PROPOSED_BYTES: Final = 64 * MIB
"""Bytes of all files together: about two seconds, and ten times as much memory."""
MISTAKES: Final = 100
"""Mistakes of one file that are listed."""
SCHEMA_BYTES: Final = 1 * MIB
"""Bytes of a schema with all files it refers to; compiled, they take some thirty times that."""
SCHEMA_FILES: Final = 256
"""Files that one schema is made of."""
SCHEMA_STEPS: Final = 100_000
"""Subschemas that may apply to one value, each use of a reference counted: about 4 ms a record."""
SCHEMA_BACKTRACKS: Final = 100_000
"""Steps back of one pattern in one string: about 10 ms."""
SCHEMA_PATTERN: Final = 10 * MIB
"""Bytes of memory of one compiled pattern: letters of all scripts, 200 of them, take 5 MiB."""
SCHEMA_ERRORS: Final = 20
"""Places that are told of one document or record that breaks its schema."""
PROBLEM_WORDS: Final = 300
"""Characters of what is told of one of them: values that are quoted can have any length."""
PROBLEMS: Final = 10_000
"""Problems of one file that are told; the rest of the file is not looked at."""
ALL_PROBLEMS: Final = 100_000
"""Problems of one version: each takes about 500 bytes of memory."""
SOUND_MARKS: Final = 1_000_000
"""Contents known to be as their sets ask; with more, the older ones are forgotten."""
COMMIT_CHECKED: Final = 256 * KIB
"""Bytes of files outside of every content set that a commit looks at for what is malformed: about
20 ms."""

# Remotes

PARTICIPANTS: Final = 64
"""Remotes that move together: each is asked one after the other while the others wait."""
SETTLE_AFTER: Final = 60
"""Seconds after which a push to several remotes that is not decided is ended by whoever it blocks:
far more than its few operations take, and no longer than people want to wait."""
