package doctor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Configuration is Char's identity provider configuration, as its API returns
// and takes it.
type Configuration struct {
	Type             string   `json:"idp_type"`
	Issuer           string   `json:"idp_issuer"`
	Domain           string   `json:"idp_domain"`
	AllowedAudiences []string `json:"allowed_audiences"`
	AllowedDomains   []string `json:"allowed_domains"`
}

// MaxConfigurationBytes is the longest configuration that is read.
const MaxConfigurationBytes = 64 << 10

// ParseConfiguration reads the JSON text of a configuration, at most
// MaxConfigurationBytes of it. A member that Char does not have is an error.
func ParseConfiguration(r io.Reader) (Configuration, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxConfigurationBytes+1))
	if err != nil {
		return Configuration{}, err
	}
	if len(data) > MaxConfigurationBytes {
		return Configuration{}, fmt.Errorf("it has more than %d bytes", MaxConfigurationBytes)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return Configuration{}, errors.New("want a JSON object with idp_type, idp_issuer and allowed_audiences")
	}
	var c Configuration
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return Configuration{}, fmt.Errorf("it is not a configuration of an identity provider: %w",
			err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Configuration{}, errors.New("there is text after the JSON object")
	}
	return c, nil
}

// customOIDC is the provider type under which Char knows Scalekit.
const customOIDC = "custom_oidc"

// Lint checks the fields as they are written. It sends nothing.
func (c Configuration) Lint() []Check {
	list := []Check{c.lintType(), c.lintIssuer()}
	if c.Domain != "" {
		list = append(list, Check{
			Name: "idp_domain", Verdict: Note, Found: "it is not used with " + customOIDC,
		})
	}
	if len(c.AllowedAudiences) == 0 {
		return append(list, Check{
			Name: "allowed_audiences", Verdict: Fail, Found: "it is empty",
			Do: "list the client ID, which begins with skc_: without it no token has the right audience",
		})
	}
	return append(list, lintClientIDs("allowed_audiences", c.AllowedAudiences)...)
}

func (c Configuration) lintType() Check {
	check := Check{
		Name: "idp_type", Verdict: Fail,
		Do: "set it to " + customOIDC + ": that is how Scalekit is configured",
	}
	switch c.Type {
	case customOIDC:
		return Check{Name: check.Name, Verdict: Pass, Found: c.Type}
	case "":
		check.Found = "it is missing"
	case "oidc":
		check.Found = "it is oidc, as the guide for Scalekit has it, which the API does not know"
	default:
		check.Found = fmt.Sprintf("it is %q", c.Type)
	}
	return check
}

func (c Configuration) lintIssuer() Check {
	const name = "idp_issuer"
	if mistake := mistakeIn(c.Issuer, false); mistake != nil {
		return Check{Name: name, Verdict: Fail, Found: mistake.Detail, Do: adviceOn(mistake)}
	}
	return lintIssuer(name, c.Issuer)
}
