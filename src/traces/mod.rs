//! What text traces say about the platform they were taken on. Pure.
