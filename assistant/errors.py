"""What can go wrong above the library.

AssistantError
 ├─ BriefError           the brief cannot be used
 ├─ SettingsError        a setting has a value that cannot be
 ├─ ModelError           the chat model cannot be had or failed
 │   ├─ WeightsError     the embedded weights are missing or not the ones we know
 │   ├─ ProviderMissing  an extra has to be installed first
 │   └─ ModelBusy        no answer in time; trying again may help
 ├─ DraftError           a draft cannot be made from what there is
 └─ ExportError          a file cannot be written in the format asked for
"""


class AssistantError(Exception):
    """Base of all errors of this package; the message is one sentence for the user."""

    retryable = False


class BriefError(AssistantError):
    pass


class SettingsError(AssistantError):
    pass


class ModelError(AssistantError):
    pass


class WeightsError(ModelError):
    pass


class ProviderMissing(ModelError):
    pass


class ModelBusy(ModelError):
    retryable = True


class DraftError(AssistantError):
    pass


class ExportError(AssistantError):
    pass
