//! Integration tests: a real server over real sockets and real databases.
