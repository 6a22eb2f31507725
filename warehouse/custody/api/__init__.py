"""The REST door of erasures and exports."""
