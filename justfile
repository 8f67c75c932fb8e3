# `just ci` runs what CI runs.
ci:
    ./test
