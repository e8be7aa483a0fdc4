// The queue.
