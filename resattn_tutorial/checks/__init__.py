"""The exercise checks, one module a chapter: ``checks.chapter01`` and so on."""
