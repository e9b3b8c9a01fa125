package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v3"
	"github.com/ory/fosite/token/jwt"

	"github.com/assay-id/assay/mockidp/keyring"
)

// Hint implements [Provider].
func (p *provider) Hint(token string) (map[string]any, error) {
	claims, err := p.keys.claims(token)
	if err != nil {
		return nil, Refuse("invalid_request", "the id_token_hint is unusable: "+err.Error())
	}
	return claims, nil
}

// hints is the part of jwt.Signer that fosite uses here: reading an
// id_token_hint. The other methods belong to the embedded nil interface and
// are never called.
type hints struct {
	jwt.Signer
	keysByID func(kid string) []*keyring.Key
}

// Decode implements jwt.Signer.
func (h hints) Decode(_ context.Context, token string) (*jwt.Token, error) {
	claims, err := h.claims(token)
	if err != nil {
		return nil, err
	}
	return &jwt.Token{Claims: claims}, nil
}

func (h hints) claims(token string) (map[string]any, error) {
	jws, err := jose.ParseSigned(token)
	if err != nil || strings.Count(token, ".") != 2 {
		return nil, errors.New("it is not a JWS in compact serialization")
	}
	kid := jws.Signatures[0].Header.KeyID
	for _, k := range h.keysByID(kid) {
		payload, err := jws.Verify(k.Public())
		if err != nil {
			continue
		}
		var claims map[string]any
		if err := json.Unmarshal(payload, &claims); err != nil {
			return nil, errors.New("its payload is not a JSON object")
		}
		return claims, nil
	}
	return nil, fmt.Errorf("no key of this issuer with the kid %q has signed it", kid)
}
