package adapters

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"google.golang.org/api/idtoken"
	"google.golang.org/api/option"

	"github.com/assay-id/assay/scenarios/implementations/goadapter/protocol"
)

// google is google.golang.org/api/idtoken, which is for the ID Tokens of Google
// only: the URLs of the keys are in the code, RS256 and ES256 are the
// algorithms, and there is neither leeway nor nbf. An HTTP client, which is an
// option, takes the requests for those URLs to the issuer instead. Validate
// leaves iss to the application, so the adapter compares it, as Google's guide
// for the server side demands. The errors have texts only, which are mapped.
func google() protocol.Adapter {
	return protocol.Adapter{
		Description: describe("google-idtoken", "google.golang.org/api",
			"idtoken.NewValidator with WithHTTPClient, which fetches the issuer's keys instead of Google's; Validate; iss compared",
			"idp es256"),
		Open: func(ctx context.Context, setup protocol.Setup, _ func() time.Time) (protocol.Verify, error) {
			client := &http.Client{Timeout: setup.FetchTimeout(), Transport: issuerKeys{setup}}
			v, err := idtoken.NewValidator(ctx, option.WithHTTPClient(client))
			if err != nil {
				return nil, err
			}
			return func(ctx context.Context, raw string, _ protocol.Input) (any, error) {
				payload, err := v.Validate(ctx, raw, setup.Audience[0])
				if err != nil {
					return nil, err
				}
				if payload.Issuer != setup.Issuer {
					return nil, &protocol.Refusal{Reason: "INVALID_ISSUER", Err: errors.New("iss is that of another issuer")}
				}
				payload.Claims["iss"], payload.Claims["sub"], payload.Claims["aud"] = payload.Issuer, payload.Subject, payload.Audience
				return payload.Claims, nil
			}, nil
		},
		Reason: phrases(
			phrase{"does not match aud claim", "INVALID_AUDIENCE"}, phrase{"token expired", "TOKEN_EXPIRED"},
			phrase{"expected JWT signed with", "ALG_NOT_ALLOWED"}, phrase{"could not find matching cert", "KEY_NOT_FOUND"},
			phrase{"unable to retrieve cert", "JWKS_FETCH_FAILED"}, phrase{"signature not valid", "INVALID_SIGNATURE"},
			phrase{"verification error", "INVALID_SIGNATURE"}, // of crypto/rsa
			phrase{"token must have three segments", "MALFORMED_TOKEN"}, phrase{"unable to decode", "MALFORMED_TOKEN"},
			phrase{"unable to unmarshal JWT", "MALFORMED_TOKEN"},
		),
	}
}

// issuerKeys fetches the keys of the issuer, whatever was asked for.
type issuerKeys struct{ setup protocol.Setup }

func (k issuerKeys) RoundTrip(req *http.Request) (*http.Response, error) {
	uri, err := discover(req.Context(), k.setup)
	if err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	if req.URL, err = url.Parse(uri); err != nil {
		return nil, err
	}
	req.Host = ""
	return http.DefaultTransport.RoundTrip(req)
}
