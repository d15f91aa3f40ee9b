//! Codes of accounts, credentials, policies and the audit log.

super::codes! {
    ACCOUNT_UNKNOWN = "U0101", "account not known", "No account of that name is kept in the data directory. `samos accounts list` shows those that are.";
    ACCOUNT_KNOWN = "U0102", "account is already there", "An account of that name is kept already. Remove it first, or choose another name.";
    ACCOUNT_MALFORMED = "U0103", "account is not well formed", "Names are letters, digits, dots, hyphens and underscores. What is secret never stands in a setting: it is asked for, or read from standard input.";
    NO_CREDENTIALS = "U0104", "account without credentials", "The account has no credentials, or not those that its provider asks for. Add it again with all of them.";
    NO_ACCOUNT = "U0105", "no account to send in the name of", "The data directory keeps no account of the operation's provider, or several and nothing says which one the subject is of; so nothing was sent, and nothing was played instead of it. An account with the endpoint `simulated` is answered by the simulated provider, and so is every world that files describe (--world).";
    WRONG_KEY = "U0201", "passphrase or key does not fit", "The credentials are encrypted, and the passphrase or key file that was given does not open them.";
    SEAL_DAMAGED = "U0202", "credentials are damaged", "The encrypted credentials cannot be read: they were changed or cut short. Restore the file from a copy, or add the account again.";
    CREDENTIALS_REFUSED = "U0203", "credentials refused", "The provider does not accept the credentials of the account, so nothing was run with them. They may be wrong, expired or revoked.";
    NOT_VERIFIED = "U0204", "credentials could not be verified", "The provider did not answer when the account's credentials were to be verified, so nothing was run with them. Look at the endpoint and the network.";
    DENIED = "U0301", "account may not do that", "The account is read only, or a policy of it does not allow the operation on that subject. The message names the policy.";
    POLICY_MALFORMED = "U0302", "policy cannot be read", "The policies of an account are written in Cedar: `forbid (principal, action == Action::\"ec2:TerminateInstances\", resource);`. Where one says `permit`, only what is permitted is allowed.";
    POLICY_UNKNOWN_NAME = "U0303", "policy names what does not exist", "A policy names an operation, a class or a kind of thing that is not known. A misspelt name would never apply, so the account cannot be used until it is corrected.";
    USER_DENIED = "U0304", "user may not do that", "The operator's policies about users do not allow it. `samos serve --oidc-policy FILE` reads them, in Cedar: `permit (principal in Role::\"operators\", action in [Action::\"read\", Action::\"approve\", Action::\"run\"], resource);`. Without any, whoever the issuer vouches for may read and no more. A plan is run when each of its steps is permitted, too: `permit (principal in Role::\"operators\", action in Action::\"manipulation\", resource in Provider::\"aws:aws\");`.";
    AUDIT_BROKEN = "U0401", "audit log was tampered with", "Each entry of the audit log is tied to the one before it, and one does not match: an entry was changed, removed or added. Compare with a copy.";
    ACCESS_FILE = "U0501", "file of accounts cannot be read or written", "The database of accounts in the data directory cannot be opened, read or written. The message carries the reason.";
}
