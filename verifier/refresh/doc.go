// Package refresh keeps a session alive: it exchanges the refresh token before
// the other tokens expire, verifies each new ID Token, and compares it with the
// first one.
//
// Start with [New], give the result of each login to [Client.Begin], and ask
// [Client.Current] for the session whenever a request needs it:
//
//	client, err := refresh.New(refresh.Config{
//		Verifier: v,
//		Issuer:   "https://acme.scalekit.com",
//		ClientID: "skc_58327482062864390", ClientSecret: secret,
//		Store:    store,
//	})
//	…
//	session, err := client.Current(ctx, sessionID)
//	if errors.Is(err, refresh.ErrSignInRequired) {
//		// send the user to login
//	}
//
// A refresh token can be used once: Scalekit, like most providers, treats a
// second use as theft. Therefore
//
//   - one exchange at a time runs for a session, and all callers that ask
//     meanwhile get its result;
//   - a rotated token is stored before anything else is done;
//   - a token is sent again only if the connection broke before an answer
//     came, only once, and never after an answer, whatever it was;
//   - after 429 and 5xx the endpoint is left alone for a while;
//   - a redirect is never followed: it would forward the secret.
//
// # How a refreshed ID Token is checked
//
// It is verified like any other, at_hash included. Then iss, sub, aud, azp,
// nonce and auth_time must agree with the first one of the session, iat must
// not go back, and oid must not change: OIDC Core 1.0, 12.2. A token that
// disagrees is refused with REFRESH_MISMATCH and ends the session.
//
// # Where sessions are kept
//
// A [Store] keeps them. [FileStore] encrypts them with AES-256-GCM under a key
// of the caller; [MemoryStore] loses them when the process ends. Tokens are
// never logged: printing a [Session] does not show them.
//
// Any number of clients and processes may share a store: [Store.Lock] lets one at
// a time refresh a session, and the others adopt what it has stored.
package refresh
