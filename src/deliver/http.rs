//! The client that calls other companies' systems: guarded against SSRF, one deadline, a bounded answer.
