"""What can go wrong in the library; every message is one sentence for the user.

KnowledgeError
 ├─ SourceUnreadable   a file cannot be made into a source
 ├─ LibraryLocked      another process owns the folder; trying again later may help
 ├─ IndexMismatch      the library was made with another embedder or by a newer version
 ├─ UnknownSource      no source has this id, or it cannot be removed
 ├─ UnknownDossier     no workspace has this name
 ├─ DossierError       a file of the built-in dossier is broken
 └─ EmbedderMissing    the weights of the embedding model are missing or not the ones we know
"""


class KnowledgeError(Exception):
    """Base of all errors of this package."""

    retryable = False


class SourceUnreadable(KnowledgeError):
    pass


class LibraryLocked(KnowledgeError):
    retryable = True


class IndexMismatch(KnowledgeError):
    pass


class UnknownSource(KnowledgeError):
    pass


class UnknownDossier(KnowledgeError):
    pass


class DossierError(KnowledgeError):
    pass


class EmbedderMissing(KnowledgeError):
    pass
