package implementations

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations/plain"
	"github.com/assay-id/assay/verifier"
)

// Plain returns the second verifier of this module, which shares no code with
// the production verifier. It runs in process.
func Plain() Implementation {
	return plainAdapter{name: "plain", open: plain.New}
}

// Liar returns one of the verifiers that are wrong on purpose. The error is an
// [*UnknownError] if none has that name.
func Liar(name string) (Implementation, error) {
	for _, l := range plain.Liars() {
		if l.Name == name {
			return plainAdapter{name: liarPrefix + name, open: l.New}, nil
		}
	}
	return nil, &UnknownError{Spec: liarPrefix + name, Known: liarNames()}
}

// plainAdapter is the adapter of the plain verifier and of the liars, which
// differ in how a verifier is made.
type plainAdapter struct {
	name string
	open func(verifier.Config, []byte) (*plain.Verifier, error)
}

func (p plainAdapter) Describe() Description {
	d := builtin{}.Describe()
	d.Name = p.name
	d.Capabilities = append(d.Capabilities, "jwe")
	return d
}

func (plainAdapter) Close() error { return nil }

func (p plainAdapter) Open(_ context.Context, setup Setup) (Verifier, Answer, error) {
	cfg, err := Config(setup)
	if err != nil {
		return nil, Answer{}, err
	}
	cfg.Rule = applicationRule
	var jwkSet []byte
	if setup.JWKSet != "" {
		jwkSet = []byte(setup.JWKSet)
	}
	v, err := p.open(cfg, jwkSet)
	if err != nil {
		return refuseSetup(err)
	}
	if setup.DecryptionKey != "" {
		block, _ := pem.Decode([]byte(setup.DecryptionKey))
		if block == nil {
			return nil, Answer{}, errors.New("the setup's decryption key is not PEM")
		}
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, Answer{}, fmt.Errorf("the setup's decryption key: %w", err)
		}
		v = v.Decrypting(key)
	}
	made := plainVerifier{v, new(logins)}
	if setup.Client == nil {
		return made, Answer{}, nil
	}
	return plainRefresher{
		made, plain.NewClient(v, setup.Client.ID, setup.Client.Secret),
	}, Answer{}, nil
}

type plainVerifier struct {
	v *plain.Verifier
	*logins
}

func (p plainVerifier) Close() error { return p.v.Close() }

func (p plainVerifier) Verify(ctx context.Context, input Input) (Answer, error) {
	claims, err := p.v.VerifyWith(withKnown(ctx, input), input.Token, p.inputs(input))
	answer := Answer{Verdict: scenarios.Accept}
	if err != nil {
		answer = refusal(err)
	}
	answer.Claims, err = texts(claims)
	return answer, err
}

// texts returns the claims encoded as JSON.
func texts(claims map[string]any) (map[string]json.RawMessage, error) {
	list := make(map[string]json.RawMessage, len(claims))
	for name, value := range claims {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("reporting the claim %q: %w", name, err)
		}
		list[name] = text
	}
	return list, nil
}

// plainRefresher is the plain verifier with the plain client.
type plainRefresher struct {
	plainVerifier
	client *plain.Client
}

func (r plainRefresher) Begin(ctx context.Context, login Login) (Answer, error) {
	err := r.client.Begin(ctx, login.Name, plain.Tokens{
		AccessToken: login.AccessToken, RefreshToken: login.RefreshToken, IDToken: login.IDToken, Scope: login.Scope,
	}, login.Nonce)
	if err != nil {
		return refusal(err), nil
	}
	return Answer{Verdict: scenarios.Accept}, nil
}

func (r plainRefresher) Refresh(ctx context.Context, name string) (Answer, error) {
	held, err := r.client.Refresh(ctx, name)
	if err != nil {
		return refusal(err), nil
	}
	claims, err := texts(held.Claims)
	return Answer{
		Verdict: scenarios.Accept, Claims: claims,
		Session: &Renewed{AccessToken: held.AccessToken, IDToken: held.IDToken, Scope: held.Scope},
	}, err
}

// refuseSetup turns an error of a constructor into an answer.
func refuseSetup(err error) (Verifier, Answer, error) {
	if e, ok := errors.AsType[*verifier.Error](err); ok {
		return nil, Answer{
			Verdict: scenarios.Refuse, Reason: string(e.Reason), Message: err.Error(),
		}, nil
	}
	return nil, Answer{}, err
}
