"""Every exhibit's settings, one module an exhibit. They import no model library."""
