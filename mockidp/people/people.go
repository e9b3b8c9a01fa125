package people

import (
	_ "embed"
	"fmt"

	"github.com/goccy/go-yaml"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/intake"
)

//go:embed default.yaml
var defaultText []byte

// defaultName is the name of the default file in errors.
const defaultName = "default.yaml"

// DefaultText returns the file from which [Default] is read.
func DefaultText() []byte { return append([]byte(nil), defaultText...) }

// Default returns the default people: two users with passwords, one with
// single sign-on, one who must not sign in, and three organizations. Clients
// are nil.
func Default() mockidp.EnvironmentConfig {
	cfg, err := Parse(defaultName, defaultText)
	if err != nil {
		panic(fmt.Sprintf("people: internal error: %v", err))
	}
	return cfg
}

// Parse reads a file into the Clients, Users, Organizations, Connections and
// Resources of a configuration whose other fields are zero. name is the name of the
// file in errors, which say line and column and show the place.
func Parse(name string, text []byte) (mockidp.EnvironmentConfig, error) {
	var none mockidp.EnvironmentConfig
	var f file
	document, err := intake.YAML(name, text, &f, yaml.UseOrderedMap())
	if err != nil {
		return none, err
	}
	if err := f.check(document.Root); err != nil {
		return none, document.Error(err)
	}
	cfg := f.config()
	if err := cfg.Validate(); err != nil {
		return none, fmt.Errorf("%s: %w", name, err)
	}
	return cfg, nil
}
