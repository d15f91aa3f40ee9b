//! Codes of the server.

super::codes! {
    BAD_REQUEST = "H0101", "request cannot be read", "A part of the request (path, query, header or body) is not what the interface describes at /api/openapi.json. The message names the part.";
    NO_TOKEN = "H0102", "token missing or wrong", "Requests carry the token that the server printed when it started: `Authorization: Bearer TOKEN`, or open the address that it printed once in a browser.";
    FOREIGN = "H0103", "request from elsewhere", "The name in `Host` or the page in `Origin` is not one of this server's own, as happens when another site's page tries to speak for you. Start the server with --allow-host or --allow-origin where it is meant.";
    NOT_ALLOWED = "H0104", "not allowed by the operator", "The server was started without permission for this. The message names the flag of `samos serve` that gives it.";
    NOT_THERE = "H0105", "nothing there", "There is no such page, graph or thing. /api/openapi.json lists the paths.";
    NOT_ACCEPTABLE = "H0106", "no form of the answer is accepted", "`Accept` names no media type that this answer can have. The message lists them.";
    MEDIA_TYPE = "H0107", "media type not read here", "`Content-Type` names a form that is not read here. The message lists those that are.";
    TIMEOUT = "H0108", "no answer in time", "The work was ended when the time for it was over. Ask for less, or for more time with `timeout` as far as the server allows.";
    TOO_LARGE = "H0109", "request too large", "The body is larger than the server reads. Send it in parts, or start the server with a larger --max-body.";
    BUSY = "H0110", "too much at once", "As many requests of this kind as the server allows are under way. Try again in a moment.";
    NO_APPROVAL = "H0111", "approval not valid", "An approval belongs to one plan's fingerprint and number of changes, is used once, and expires. Look at the plan and approve it again.";
    METHOD = "H0112", "method not offered", "The path is known, but not with this method. `Allow` lists those that are.";
    BAD_TOKEN = "H0113", "access token not accepted", "The access token is not one that counts here: it must be signed by a key that the issuer publishes, name this server in its audience, and be valid now. The message says what is wrong with it. Ask the issuer for a new one.";
    ISSUER = "H0114", "issuer does not answer as it should", "What the issuer publishes under `/.well-known/openid-configuration`, or the keys it names there, cannot be read, so nobody can be told apart. The message carries the reason.";
}
