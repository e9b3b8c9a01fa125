package diagnose

// causeName is the name of a cause. It is stable.
type causeName = string

// The causes, by the part of the token that they are about.
const (
	pasteEmpty      causeName = "paste.empty"
	pasteBearer     causeName = "paste.bearer"
	pasteQuotes     causeName = "paste.quotes"
	pasteLineBreaks causeName = "paste.line-breaks"
	pasteBase64     causeName = "paste.base64"
	pasteParameter  causeName = "paste.parameter"
	pasteResponse   causeName = "paste.response"
	pasteEncoded    causeName = "paste.percent-encoded"
	pasteCut        causeName = "paste.cut"
	pasteShortened  causeName = "paste.shortened"
	pasteExtra      causeName = "paste.extra"
	pasteSecret     causeName = "paste.client-secret"
	pasteIdentifier causeName = "paste.identifier"
	pasteRefresh    causeName = "paste.refresh-token"
	pasteOther      causeName = "paste.no-token"

	tokenAccess    causeName = "token.access-token"
	tokenMachine   causeName = "token.machine-to-machine"
	tokenInitiated causeName = "token.idp-initiated"
	tokenLogout    causeName = "token.logout"
	tokenEncrypted causeName = "token.encrypted"
	tokenKind      causeName = "token.other-kind"
	tokenMalformed causeName = "token.malformed"
	tokenSize      causeName = "token.size"
	tokenCritical  causeName = "token.extension"

	issuerSlash        causeName = "issuer.trailing-slash"
	issuerNoScheme     causeName = "issuer.no-scheme"
	issuerScheme       causeName = "issuer.scheme"
	issuerPort         causeName = "issuer.port"
	issuerPath         causeName = "issuer.path"
	issuerEnvironment  causeName = "issuer.environment"
	issuerCustomDomain causeName = "issuer.custom-domain"
	issuerMock         causeName = "issuer.mock"
	issuerOther        causeName = "issuer.other-provider"
	// and issuer.case, issuer.white-space and issuer.look-alike

	audienceEnvironment causeName = "audience.environment"
	audienceSecretID    causeName = "audience.secret-id"
	audienceCut         causeName = "audience.cut"
	audienceTypo        causeName = "audience.typing-mistake"
	audienceOther       causeName = "audience.other-client"
	audienceUntrusted   causeName = "audience.untrusted"
	// and audience.case, audience.white-space and audience.look-alike

	keysURL         causeName = "keys.wrong-url"
	keysInactive    causeName = "keys.inactive"
	keysUnreachable causeName = "keys.unreachable"
	keysNotASet     causeName = "keys.not-a-set"
	keysMetadata    causeName = "keys.other-metadata"

	keyRetired      causeName = "key.retired"
	keyNotPublished causeName = "key.not-published"
	keyUnusable     causeName = "key.unusable"

	algNone       causeName = "alg.none"
	algSymmetric  causeName = "alg.symmetric"
	algNotAllowed causeName = "alg.not-allowed"

	signatureAltered causeName = "signature.altered"
	signatureDER     causeName = "signature.der"

	expiredSession   causeName = "expired.session"
	expiredKept      causeName = "expired.kept"
	expiredClock     causeName = "expired.clock"
	timeBehind       causeName = "time.clock-behind"
	timeMilliseconds causeName = "time.milliseconds"
	timeOrder        causeName = "time.order"
	timeLifetime     causeName = "time.lifetime"

	claimMissing causeName = "claim.missing"
	claimType    causeName = "claim.type"
	claimSubject causeName = "claim.subject"
	claimLogin   causeName = "claim.login"
	claimPolicy  causeName = "claim.policy"

	configMistake causeName = "configuration"

	responseNoJSON    causeName = "response.no-json"
	responseEmpty     causeName = "response.empty"
	responseError     causeName = "response.error"
	responseSecret    causeName = "response.client-secret"
	responseClient    causeName = "response.client"
	responseCode      causeName = "response.code"
	responseSpent     causeName = "response.refresh-token"
	responseScope     causeName = "response.scope"
	responseNoOpenID  causeName = "response.no-openid"
	responseDropped   causeName = "response.id-token-dropped"
	responseNoRefresh causeName = "response.no-offline-access"
)

// explanation is what is said about a cause wherever it occurs.
type explanation struct{ documented, text, do string }

// explain returns the explanation of a cause.
func explain(name causeName) explanation {
	for _, list := range [...]map[causeName]explanation{aboutTheText, aboutIssuers, aboutAudiences, aboutKeys, aboutClaims, aboutResponses} {
		if e, ok := list[name]; ok {
			return e
		}
	}
	panic("diagnose: internal error: no explanation of " + name)
}

var aboutTheText = map[causeName]explanation{
	pasteEmpty:      {"", "there is no token", "Pass the ID Token. An empty one often comes from a variable that is not set."},
	pasteBearer:     {"", "the text begins with the scheme of an Authorization header", "Pass only what follows Bearer."},
	pasteQuotes:     {"", "there are quotation marks around the token", "Pass the token without them. They often come from printing JSON."},
	pasteLineBreaks: {"", "there is white space in or around the token", "Remove line breaks and spaces. They often come from a mail, a terminal or a file."},
	pasteBase64:     {"", "the token was encoded with the wrong alphabet of base64, or padded", "Pass the token as the provider sent it: base64url without padding."},
	pasteParameter:  {"", "the name of a form parameter precedes the token", "Pass only the value of id_token."},
	pasteResponse:   {"", "this is the answer of the token endpoint, with more than the ID Token", "Pass only the value of id_token."},
	pasteEncoded:    {"", "the token is percent-encoded", "Decode it as a part of a URL or a form: %2E is a dot."},
	pasteCut:        {"token.kind", "the token was cut off", "Copy all of it: three parts with a dot between them. Look for a limit on a column, a cookie, a header or a log line."},
	pasteShortened:  {"token.kind", "the token was shortened, to be shown", "Copy all of it from where it is stored. A log, a table or a debugger shows only a part, with dots for the rest."},
	pasteExtra:      {"token.signature", "something follows the token", "Copy the token alone: it ends with the last character of its third part."},
	pasteSecret:     {"token.kind", "this is a client secret, not a token", "Send the ID Token. Replace the secret if it was sent to anyone."},
	pasteIdentifier: {"token.kind", "this is an identifier, not a token", "Send the id_token of the token endpoint's answer."},
	pasteRefresh:    {"token.kind", "this is a refresh token, not an ID Token", "Send the id_token of the token endpoint's answer, and keep the refresh token on the server."},
	pasteOther:      {"token.kind", "this is not a token", "Send the id_token of the token endpoint's answer, which begins with eyJ."},

	tokenAccess:    {"audience.access-token", "an access token was sent instead of the ID Token", "Send the id_token of the token endpoint's answer, not its access_token."},
	tokenMachine:   {"audience.access-token", "a token of the client credentials grant was sent, which names no user", "Let the user sign in, and send the id_token of that login."},
	tokenInitiated: {"token.kind", "the token of an IdP-initiated login was sent", "Verify it and start a login with its organization_id or connection_id; send the ID Token that comes of it."},
	tokenLogout:    {"token.kind", "a logout token was sent instead of the ID Token", "Send the ID Token. A logout token belongs to the back-channel logout endpoint."},
	tokenEncrypted: {"token.kind", "the token is encrypted", "Register the client for signed ID Tokens, or decrypt the token before it is verified."},
	tokenKind:      {"token.kind", "it is a JWT of another kind", "Send the id_token of the token endpoint's answer."},
	tokenMalformed: {"token.kind", "the token is not well-formed", "Copy the token again, unchanged. If the provider issues it so, tell them what is wrong."},
	tokenSize:      {"", "the token is longer than any that is read", "Put fewer or smaller claims into the token, or raise the limit of the verifier."},
	tokenCritical:  {"token.kind", "the token demands an extension that no verifier of ID Tokens has", "Send an ID Token of the provider."},
}

var aboutIssuers = map[causeName]explanation{
	issuerSlash:          {"issuer.exact", "the issuers differ by a slash at the end", "Configure the issuer exactly as iss has it."},
	"issuer.case":        {"issuer.exact", "the issuers differ in upper and lower case", "Configure the issuer exactly as iss has it."},
	"issuer.white-space": {"issuer.exact", "the issuers differ by white space", "Configure the issuer exactly as iss has it, without spaces."},
	"issuer.look-alike":  {"issuer.exact", "the issuers look alike and are not the same", "Do not trust the token until you know who issued it. Type the environment URL by hand."},
	issuerPort:           {"issuer.exact", "the issuers differ in the port", "Configure the issuer exactly as iss has it, also where the port is the usual one."},
	issuerPath:           {"issuer.exact", "the issuers differ in the path", "Configure the environment URL alone, without the path of an endpoint."},
	issuerNoScheme:       {"issuer.https", "the issuer is configured without https://", "Configure the full environment URL, with https://."},
	issuerScheme:         {"issuer.https", "the issuers differ", "Configure the environment URL with https://."},
	issuerEnvironment:    {"issuer.environment", "the token comes from another environment", "Use the environment URL, the client ID and the secret of one and the same environment."},
	issuerCustomDomain:   {"issuer.custom-domain", "one issuer is a custom domain, the other is Scalekit's own host", "Use the same host in the application and in the configuration. Which one iss has depends on how the client was set up."},
	issuerMock:           {"issuer.environment", "one issuer is a mock environment, or another one on this machine", "Use the issuer, the client ID and the keys of one and the same environment."},
	issuerOther:          {"issuer.environment", "the token comes from another provider", "Check which provider the application signs users in with, and configure that one's issuer."},
}

var aboutAudiences = map[causeName]explanation{
	"audience.case":        {"audience.exact", "the client IDs differ in upper and lower case", "Configure the client ID exactly as aud has it."},
	"audience.white-space": {"audience.exact", "the client IDs differ by white space", "Configure the client ID without spaces."},
	"audience.look-alike":  {"audience.exact", "the client IDs look alike and are not the same", "Copy the client ID from the dashboard instead of typing it."},
	audienceCut:            {"audience.exact", "one client ID is a part of the other", "Copy the whole client ID."},
	audienceTypo:           {"audience.exact", "the client IDs differ in one or two characters", "Copy the client ID from the dashboard instead of typing it."},
	audienceSecretID:       {"audience.exact", "the ID of a client secret is configured as client ID", "Configure the client ID, which begins with skc_ or prd_skc_."},
	audienceEnvironment:    {"audience.environment", "the client ID belongs to another environment", "Use the client ID and the secret of the environment that the issuer names."},
	audienceOther:          {"audience.environment", "the token was issued to another client, of this environment or of another", "Use the client ID of the application that the user signed in to. Several can be allowed."},
	audienceUntrusted:      {"", "the token names a further audience that is not trusted", "Ask the provider why it is there, and list it as a trusted audience if it may be."},
}

var aboutKeys = map[causeName]explanation{
	keysURL:          {"keys.url", "the environment URL is wrong", "Compare the environment URL with the dashboard, and open URL/.well-known/openid-configuration."},
	keysInactive:     {"keys.inactive", "the environment is not active, or does not serve its keys", "Check in the dashboard that the environment is active, then Test Connection."},
	keysUnreachable:  {"keys.unreachable", "the provider could not be reached", "Check the network, the proxy and the certificates between here and the provider, then Test Connection."},
	keysNotASet:      {"keys.unreachable", "what the provider answers is not what a verifier can use", "Open the jwks_uri of the provider's metadata. A login or error page there means that a proxy answers."},
	keysMetadata:     {"keys.url", "the metadata names another issuer than the configured one", "Configure the issuer exactly as the metadata has it."},
	keyRetired:       {"token.signature", "the key was withdrawn: the token is older than the last rotation", "Sign in again, or refresh the session, for a token of the current key."},
	keyNotPublished:  {"token.signature", "the issuer does not publish the key that the token names", "Fetch the keys again if the set is old. Otherwise the token comes from another environment."},
	keyUnusable:      {"token.signature", "the key that the token names must not be used", "Let the provider publish a key that fits the algorithm."},
	algNone:          {"token.signature", "the token is not signed", "Do not trust it: anyone can write such a token. Send one that the provider has signed."},
	algSymmetric:     {"token.signature", "the token is signed with a shared secret", "Register the client for RS256. A public key must never be used as such a secret."},
	algNotAllowed:    {"token.signature", "the algorithm is not allowed", "Register the client for RS256, or allow the algorithm in the verifier."},
	signatureAltered: {"token.signature", "the token was changed after signing, or another key signed it", "Pass the token on unchanged. If it is unchanged, do not trust it."},
	signatureDER:     {"token.signature", "the signature is encoded in DER", "Let the issuer write r and s one after the other, as RFC 7518, 3.4 demands."},
}

var aboutClaims = map[causeName]explanation{
	expiredSession:   {"expired.session", "the session was not refreshed, so an old ID Token was sent", "Refresh the session before exp and send the new ID Token."},
	expiredKept:      {"expired.kept", "the refresh brought no ID Token, and the first one was kept", "Take the id_token of the refresh response. If the SDK drops it, call the token endpoint directly."},
	expiredClock:     {"expired.clock", "the clock of this machine is ahead", "Compare the clock with a time server."},
	timeBehind:       {"", "the clock of this machine is behind, or the token was made for later", "Compare the clock with a time server."},
	timeMilliseconds: {"token.claims", "a date is in milliseconds instead of seconds", "Let the issuer write seconds since 1970."},
	timeOrder:        {"token.claims", "the dates of the token contradict each other", "Tell the issuer: iat and nbf must not be after exp."},
	timeLifetime:     {"", "the token lives longer than the configuration allows", "Shorten the lifetime at the provider, or raise the limit."},
	claimMissing:     {"token.claims", "a required claim is missing", "Let the provider add the claim, or send the ID Token if this is none."},
	claimType:        {"token.claims", "a claim has the wrong type", "Let the provider write the claim as the specification has it."},
	claimSubject:     {"token.claims", "sub does not identify a user", "Let the provider write the user's ID into sub."},
	claimLogin:       {"", "the token does not belong to this login", "Start the login again, and keep nonce and state in the session of the same browser."},
	claimPolicy:      {"", "a rule of the application is not met", "Let the user sign in to the organization or connection that the application expects."},
	configMistake:    {"", "the configuration is wrong", "Correct the configuration; the token is not to blame."},
}

// The troubleshooting page names three causes of tokens that do not refresh:
// offline_access, how refresh tokens are stored, and the client secret.
var aboutResponses = map[causeName]explanation{
	responseNoJSON:    {"", "the answer is not a JSON object", "Check the URL of the token endpoint: it is /oauth/token below the environment URL."},
	responseEmpty:     {"", "the answer has neither tokens nor an error", "Check the URL of the token endpoint: it is /oauth/token below the environment URL."},
	responseError:     {"", "the token endpoint refused the request", "Compare the request with the provider's documentation."},
	responseSecret:    {"refresh.secret", "the client secret is wrong", "Use the secret itself, not its ID, which begins with sks_, and the one of the same environment as the client ID."},
	responseClient:    {"refresh.secret", "the environment does not know the client", "Use the client ID of the environment that the request is sent to."},
	responseCode:      {"", "the authorization code was used before, has expired, or was issued to another client or redirect URI", "Exchange a code once, within ten minutes, with the redirect URI of the login."},
	responseSpent:     {"refresh.storage", "the refresh token was used before or is revoked", "Store the newest refresh token after each refresh, on the server, and refresh a session once at a time. This session is over: sign in again."},
	responseScope:     {"refresh.offline-access", "a scope that was asked for does not exist or is not allowed", "Ask for openid, profile, email and offline_access."},
	responseNoOpenID:  {"", "no ID Token was issued, because openid was not granted", "Ask for the scope openid. A client credentials grant never brings an ID Token."},
	responseDropped:   {"expired.kept", "there is no ID Token in the answer, although openid was granted", "If an SDK returned this, call the token endpoint directly: Scalekit's answer to a refresh has one."},
	responseNoRefresh: {"refresh.offline-access", "no refresh token was issued, so the session cannot be refreshed", "Ask for the scope offline_access at the login."},
}
