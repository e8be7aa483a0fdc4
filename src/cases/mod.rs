//! What a decision means for the case: whom it waits for. Pure.
