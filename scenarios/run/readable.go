package run

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// readable is what the rules need of a token.
type readable struct {
	alg    string
	claims map[string]any
}

// maxReadable bounds the tokens that are read to derive an expectation.
const maxReadable = 1 << 20

// readToken reads a token without checking anything.
func readToken(compact string) (readable, bool) {
	parts := strings.Split(compact, ".")
	if len(compact) > maxReadable || len(parts) != 3 {
		return readable{}, false
	}
	var header map[string]any // a struct would have its members in any letter case
	var t readable
	for _, segment := range []struct {
		text string
		into any
	}{{parts[0], &header}, {parts[1], &t.claims}} {
		text, err := base64.RawURLEncoding.DecodeString(segment.text)
		if err != nil || !json.Valid(text) {
			return readable{}, false
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber() // 1e400 is as good as any other number that nobody reads
		if decoder.Decode(segment.into) != nil {
			return readable{}, false
		}
	}
	t.alg, _ = header["alg"].(string)
	return t, true
}

// number returns a claim that is a JSON number.
func (t readable) number(claim string) (float64, bool) {
	n, _ := t.claims[claim].(json.Number)
	f, err := n.Float64()
	return f, err == nil
}

// audience returns the audiences of a token.
func (t readable) audience() []string {
	switch aud := t.claims["aud"].(type) {
	case string:
		return []string{aud}
	case []any:
		var list []string
		for _, a := range aud {
			s, _ := a.(string)
			list = append(list, s)
		}
		return list
	}
	return nil
}
