//! Connectors as data: what stands in `integrations/`, read, checked, rendered; and how answers and callbacks are read.
