package plain

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/assay-id/assay/verifier"
)

// readsSetAs rewrites a JWK Set before it is parsed.
func readsSetAs(rewrite func(text []byte) []byte) bend {
	return func(h *habits) {
		h.keys.parseSet = func(h *habits, text []byte) (*keySet, *verifier.Error) { return parseKeySet(h, rewrite(text)) }
	}
}

// keySetLiars mistake something else for a JWK Set.
func keySetLiars() []Liar {
	return []Liar{
		{"array-is-set", "It accepts an array of keys as a JWK Set.", ids{"jwks.bare-array"}, readsSetAs(setOfArray)},
		{"key-is-set", "It accepts a single key as a JWK Set.", ids{"jwks.bare-jwk"}, readsSetAs(setOfKey)},
		{"keys-optional", "It accepts a document without an array of keys as an empty set.",
			ids{"jwks.no-keys-member", "jwks.keys-wrong-type", "fetch.200-error-json"}, readsSetAs(setWithoutKeys)},
		{"first-value", "It reads the first JSON value of the answer and ignores what follows it.",
			ids{"jwks.trailing-data"}, readsSetAs(firstValue)},
		{"signed-set-ok", "It reads the JWK Set from the payload of a JWT that it does not verify.",
			ids{"jwks.signed"}, readsSetAs(payloadOf)},
		{"any-charset", "It reads a JWK Set in UTF-16.", ids{"jwks.utf16"}, readsSetAs(fromUTF16)},
		{"merges-keys", "It combines the keys of all members that are called keys.",
			ids{"jwks.dup-keys-member"}, readsSetAs(mergeKeys)},
	}
}

func setOf(array []byte) []byte { return slices.Concat([]byte(`{"keys":`), array, []byte("}")) }

func setOfArray(text []byte) []byte {
	if bytes.HasPrefix(text, []byte("[")) {
		return setOf(text)
	}
	return text
}

func setOfKey(text []byte) []byte {
	if key, err := parseStrictly(text); err == nil && key.has("kty") {
		return setOf(slices.Concat([]byte("["), text, []byte("]")))
	}
	return text
}

func setWithoutKeys(text []byte) []byte {
	document, err := parseStrictly(text)
	value, _ := document.get("keys")
	if _, ok := elements(value); err == nil && !ok {
		return []byte(`{"keys":[]}`)
	}
	return text
}

func firstValue(text []byte) []byte {
	var first json.RawMessage
	if json.NewDecoder(bytes.NewReader(text)).Decode(&first) != nil {
		return text
	}
	return first
}

func fromUTF16(text []byte) []byte {
	if !bytes.HasPrefix(text, []byte{0xFF, 0xFE}) {
		return text
	}
	return decodeUnicode(text)
}

func payloadOf(text []byte) []byte {
	segments := strings.Split(string(text), ".")
	if payload, ok := decodeBase64URL(segments[min(1, len(segments)-1)]); ok {
		return payload
	}
	return text
}

func mergeKeys(text []byte) []byte {
	var all []string
	members, err := readMembers(text)
	for _, m := range members {
		list, _ := elements(m.value)
		for _, key := range list {
			if m.name == "keys" {
				all = append(all, string(key))
			}
		}
	}
	if err != nil || len(all) == 0 {
		return text
	}
	return setOf([]byte("[" + strings.Join(all, ",") + "]"))
}
