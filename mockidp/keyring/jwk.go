package keyring

import (
	"encoding/json"

	"github.com/assay-id/assay/mockidp/internal/jsonobject"
)

// Object is a JSON object that keeps the order of its members, and the
// duplicates that malformed documents have. It is the one ordered object of
// the mock: key, header, claims and provider metadata are all of this type.
type Object = jsonobject.Object

// Member is one name/value pair of an [Object].
type Member = jsonobject.Member

// JWK is a JSON Web Key: an [Object] with the member names of RFC 7517,
// section 4.
type JWK = Object

// JWKSet marshals to a JWK Set, {"keys":[…]}, with the keys in order. The
// zero value is a set without keys. RFC 7517, 5.
type JWKSet []JWK

// MarshalJSON writes the set. A nil set has an empty array, not null.
func (s JWKSet) MarshalJSON() ([]byte, error) {
	keys := []JWK(s)
	if keys == nil {
		keys = []JWK{}
	}
	return json.Marshal(map[string][]JWK{"keys": keys})
}
