package keyring

// Mode is a way to rotate the signing key.
type Mode string

// The modes of [Ring.Rotate]. The first is how it should be done; each of the
// others happens at real providers.
const (
	// PublishThenSign publishes the next key and lets the old one sign until
	// [Ring.Promote]. Relying Parties that cache the JWK Set never meet a key
	// they do not know. OIDC Core 1.0, 10.1.1.
	PublishThenSign Mode = "publish-then-sign"

	// SignAtOnce publishes the next key and signs with it from the same
	// moment. The old key stays published.
	SignAtOnce Mode = "sign-at-once"

	// DropOld is SignAtOnce, but the key that signed until now leaves the JWK
	// Set at the same moment, as after a leak.
	DropOld Mode = "drop-old"

	// KidReuse replaces the signing key by the next key under the same kid,
	// contrary to RFC 7517, 4.5.
	KidReuse Mode = "kid-reuse"

	// Unpublished signs with the next key and never publishes it.
	Unpublished Mode = "unpublished"

	// Rollback publishes the set from before the last change again and does
	// not change the signing key, like a cache in front of the provider that
	// went back in time. A second Rollback undoes the first. It takes no key.
	Rollback Mode = "rollback"

	// Flapping alternates between the last two sets, the older one first,
	// until the next change of the set, like two nodes that disagree. With a
	// key, it first does what SignAtOnce does.
	Flapping Mode = "flapping"
)

// Modes returns the modes in the order in which they are documented.
func Modes() []Mode {
	return []Mode{PublishThenSign, SignAtOnce, DropOld, KidReuse, Unpublished, Rollback, Flapping}
}
