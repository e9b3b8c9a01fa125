package scenarios

// Token is the good token of a case and what is changed in it. The zero value
// is the good token.
type Token struct {
	// Flow says where the token comes from: "" for the forge, "login" for a
	// complete authorization code flow with PKCE over HTTP, "refresh" for a
	// login and a refresh, "client-credentials" for that grant. The changes
	// are then made to what the environment would have issued.
	Flow Flow `yaml:"flow"`

	// Use is which token of the flow is presented: id_token or access_token.
	// Empty means id_token.
	Use TokenUse `yaml:"use"`

	// Scope is asked for in the flow. Empty means openid profile email and
	// offline_access.
	Scope string `yaml:"scope"`

	// Key is a template of the name of the key that signs. Empty means k1, or in a flow the key that
	// the environment signs with.
	Key KeyName `yaml:"key"`

	Header        Members   `yaml:"header"`         // members to set
	HeaderWithout []string  `yaml:"header_without"` // members to leave out
	HeaderAppend  Members   `yaml:"header_append"`  // members to add even if they are there
	HeaderText    *Template `yaml:"header_text"`    // the JSON text instead of the members

	Claims      Members   `yaml:"claims"`
	Without     []string  `yaml:"without"`
	Append      Members   `yaml:"append"`
	PayloadText *Template `yaml:"payload_text"`

	Sign      Sign            `yaml:"sign"`
	Signature []SignatureEdit `yaml:"signature"` // templates of edits, see mockidp/forge.SignatureEdit
	Encode    Encode          `yaml:"encode"`
	Tamper    Tamper          `yaml:"tamper"`

	// Compact is a template of the finished token. Its functions h, p and s
	// are the three segments and token is the whole.
	Compact *Template `yaml:"compact"`
}

// Sign says how a token is signed if not by its key for the key's algorithm.
type Sign struct {
	Key    KeyName    `yaml:"key"`    // template of the name of another key, which the header does not name
	Alg    SigningAlg `yaml:"alg"`    // template of an algorithm that the header does not name, such as HS256 or none
	Secret *Template  `yaml:"secret"` // template of the HMAC key
	PSS    PSSFault   `yaml:"pss"`    // template of a form of PSS that JWS does not allow: see PSSFaults

	// Input is a template of what is signed instead of the header and payload
	// segments with a dot between them, and Encoded one of the encoded message
	// that the private RSA key is applied to. Both may call h and p.
	Input   *Template `yaml:"input"`
	Encoded *Template `yaml:"encoded"`
}

// Encode says how the segments are encoded wrongly, see mockidp/forge.Encoding.
// The texts are templates.
type Encode struct {
	Header    EncodingName `yaml:"header"`
	Payload   EncodingName `yaml:"payload"`
	Signature EncodingName `yaml:"signature"`
}

// Tamper changes a token after it was signed.
type Tamper struct {
	Header      Members   `yaml:"header"`
	Claims      Members   `yaml:"claims"`
	Without     []string  `yaml:"without"`
	PayloadText *Template `yaml:"payload_text"`
}
