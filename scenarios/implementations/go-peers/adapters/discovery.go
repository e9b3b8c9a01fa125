package adapters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/assay-id/assay/scenarios/implementations/goadapter/protocol"
)

// discover returns the jwks_uri of the issuer, for libraries that leave this to
// the application.
func discover(ctx context.Context, setup protocol.Setup) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, setup.FetchTimeout())
	defer cancel()
	address := strings.TrimSuffix(setup.Issuer, "/") + "/.well-known/openid-configuration"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", &protocol.Refusal{Reason: "CONFIG_INVALID", Err: err}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return "", &protocol.Refusal{Reason: "DISCOVERY_FAILED", Err: err}
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "", &protocol.Refusal{Reason: "DISCOVERY_FAILED", Err: errors.New(res.Status)}
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, res.Body, 1<<20)) // to its end, where a cut is seen
	if err != nil {
		return "", &protocol.Refusal{Reason: "DISCOVERY_FAILED", Err: err}
	}
	var metadata map[string]any // exact names, unlike a struct
	if err := json.Unmarshal(body, &metadata); err != nil {
		return "", &protocol.Refusal{Reason: "DISCOVERY_INVALID", Err: err}
	}
	if metadata["issuer"] != setup.Issuer {
		return "", &protocol.Refusal{Reason: "DISCOVERY_INVALID", Err: fmt.Errorf("issuer is %q, want %q", metadata["issuer"], setup.Issuer)}
	}
	uri, _ := metadata["jwks_uri"].(string)
	if !trusted(uri, setup) {
		return "", &protocol.Refusal{Reason: "DISCOVERY_INVALID", Err: errors.New("jwks_uri is not an https URL")}
	}
	return uri, nil
}

func trusted(uri string, setup protocol.Setup) bool {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return false
	}
	switch u.Hostname() {
	case "127.0.0.1", "localhost", "::1":
		return u.Scheme == "https" || u.Scheme == "http" && setup.AllowLoopbackHTTP
	}
	return u.Scheme == "https"
}
