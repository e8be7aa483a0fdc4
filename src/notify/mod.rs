//! Who has to be told what: the rows that commit with the decision.
