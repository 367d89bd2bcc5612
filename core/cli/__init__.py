"""The command `second-reader`, a file a subject. Each command imports only what it needs, so that `list` starts without torch."""

EXIT_FAILED, EXIT_UNREADABLE, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 64, 130  # 64: EX_USAGE of sysexits.h; 130: 128 + SIGINT
