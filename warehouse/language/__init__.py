"""The typed, frozen question: queries, filters, periods and the catalog; pure Python."""
