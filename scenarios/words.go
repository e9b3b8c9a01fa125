package scenarios

import "github.com/goccy/go-yaml/ast"

// The words of a file: strings of which the format knows all values. Each type
// refuses any other when it is read. The empty string is the zero value.
type (
	// KeyShape is a special form of a key: roca or zero-x.
	KeyShape string

	// MetadataPlace is where the provider metadata are: see MetadataPlaces.
	MetadataPlace string

	// WellKnownMode is how /.well-known/jwks.json answers: see
	// WellKnownModes.
	WellKnownMode string

	// TLSProfile is how an environment speaks TLS: see TLSProfiles.
	TLSProfile string

	// FaultEndpoint is where a fault is: see FaultEndpoints.
	FaultEndpoint string

	// FaultKind is a kind of fault: see FaultKinds.
	FaultKind string

	// RotationMode is how keys are rotated: see RotationModes.
	RotationMode string

	// Flow is where a token comes from: login, refresh or client-credentials.
	Flow string

	// TokenUse is a token of a flow: id_token or access_token.
	TokenUse string
)

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (w *KeyShape) UnmarshalYAML(n ast.Node) error {
	return unmarshalWord(n, w, "shape", keyShapes())
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (w *MetadataPlace) UnmarshalYAML(n ast.Node) error {
	return unmarshalWord(n, w, "metadata_at", MetadataPlaces())
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (w *WellKnownMode) UnmarshalYAML(n ast.Node) error {
	return unmarshalWord(n, w, "well_known", WellKnownModes())
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (w *TLSProfile) UnmarshalYAML(n ast.Node) error {
	return unmarshalWord(n, w, "tls", TLSProfiles())
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (w *FaultEndpoint) UnmarshalYAML(n ast.Node) error {
	return unmarshalWord(n, w, "where", FaultEndpoints())
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (w *FaultKind) UnmarshalYAML(n ast.Node) error {
	return unmarshalWord(n, w, "kind", FaultKinds())
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (w *RotationMode) UnmarshalYAML(n ast.Node) error {
	return unmarshalWord(n, w, "mode", RotationModes())
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (w *Flow) UnmarshalYAML(n ast.Node) error { return unmarshalWord(n, w, "flow", flows()) }

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (w *TokenUse) UnmarshalYAML(n ast.Node) error {
	return unmarshalWord(n, w, "use", tokenUses())
}

// unmarshalWord reads a string that must be empty or in known.
func unmarshalWord[T ~string](node ast.Node, dst *T, what string, known []string) error {
	text, err := scalar(node)
	if err != nil {
		return err
	}
	if err := oneOfWords(what, text, known); err != nil {
		return errorAt(node, "%v", err)
	}
	*dst = T(text)
	return nil
}
