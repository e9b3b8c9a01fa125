package run

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/keyring"
)

// base64URLAlphabet has the characters that mutations write: RFC 4648, 5.
const base64URLAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// maxMutations bounds the search for a mutation that changes a token. All but
// those of unused bits and of equal segments do.
const maxMutations = 100

// mutate changes a part of a signed token at random, which the seed of the run
// and the number of the repetition decide. The bytes that the segments encode
// are never those of the token, so that no verifier may accept the result.
func (mt *mint) mutate(token string, n int) (string, error) {
	seed := mt.place.digest("mutate")
	rng := rand.New(rand.NewPCG(binary.BigEndian.Uint64([]byte(seed)), uint64(n)))
	for range maxMutations {
		segments := strings.Split(token, ".")
		if len(segments) != 3 {
			return "", errors.New("mutate: the token has not three segments")
		}
		at := rng.IntN(3)
		switch rng.IntN(5) {
		case 0:
			segments[at] = flipBit(rng, segments[at])
		case 1:
			segments[at] = editText(rng, segments[at])
		case 2:
			segments = editSegments(rng, segments, at)
		default:
			at = rng.IntN(2)
			segments[at] = editMember(rng, segments[at])
		}
		if mutated := strings.Join(segments, "."); differs(token, mutated) {
			return mutated, nil
		}
	}
	return "", errors.New("mutate: no mutation changes the token")
}

// differs reports whether two tokens encode different bytes, read as a
// decoder does that overlooks unused bits.
func differs(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	return !slices.EqualFunc(as, bs, func(x, y string) bool {
		p, _ := base64.RawURLEncoding.DecodeString(x)
		q, err := base64.RawURLEncoding.DecodeString(y)
		return err == nil && string(p) == string(q)
	})
}

// flipBit changes one bit of the bytes of a segment.
func flipBit(rng *rand.Rand, segment string) string {
	raw, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil || len(raw) == 0 {
		return segment
	}
	raw[rng.IntN(len(raw))] ^= 1 << rng.IntN(8)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// editText replaces, removes, inserts or repeats characters of a segment.
func editText(rng *rand.Rand, segment string) string {
	at := rng.IntN(len(segment))
	other := base64URLAlphabet[rng.IntN(len(base64URLAlphabet))]
	end := at + 1 + rng.IntN(min(8, len(segment)-at))
	switch rng.IntN(4) {
	case 0:
		return segment[:at] + string(other) + segment[at+1:]
	case 1:
		return segment[:at] + segment[end:]
	case 2:
		return segment[:at] + string(other) + segment[at:]
	}
	return segment[:end] + segment[at:]
}

// editSegments swaps, drops, empties, repeats or adds whole segments.
func editSegments(rng *rand.Rand, segments []string, at int) []string {
	next := (at + 1) % len(segments)
	switch rng.IntN(5) {
	case 0:
		segments[at], segments[next] = segments[next], segments[at]
	case 1:
		return slices.Delete(segments, at, at+1)
	case 2:
		segments[at] = ""
	case 3:
		segments[at] = segments[next]
	default:
		return slices.Insert(segments, at, segments[next])
	}
	return segments
}

// editMember drops, renames, doubles or replaces a member of the JSON object
// in a segment.
func editMember(rng *rand.Rand, segment string) string {
	text, err := base64.RawURLEncoding.DecodeString(segment)
	var object keyring.Object
	if err != nil || json.Unmarshal(text, &object) != nil || len(object) == 0 {
		return segment
	}
	m := &object[rng.IntN(len(object))]
	values := []string{"null", "true", "0", "-1", "1e99", `""`, `"x"`, "[]", "{}", `["x"]`}
	switch rng.IntN(4) {
	case 0:
		object.Drop(m.Name)
	case 1:
		m.Name += "x"
	case 2:
		object = append(object, keyring.Member{Name: m.Name, Value: "x"})
	default:
		m.Value = json.RawMessage(values[rng.IntN(len(values))])
	}
	text, err = json.Marshal(object)
	if err != nil {
		return segment
	}
	return base64.RawURLEncoding.EncodeToString(text)
}
