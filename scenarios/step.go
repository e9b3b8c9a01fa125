package scenarios

// Step is one step of a sequence. Exactly one field is set.
type Step struct {
	// Mint makes a token and keeps it under a name.
	Mint *Mint `yaml:"mint"`

	// Login runs a code flow and keeps its tokens: the ID Token under the
	// name itself, the others under name.access and name.refresh.
	Login *Login `yaml:"login"`

	// Refresh exchanges a refresh token at the Token Endpoint.
	Refresh *Refresh `yaml:"refresh"`

	// Begin hands a login to the client under test, which keeps the session
	// from then on. Renew lets it refresh that.
	Begin *Begin `yaml:"begin"`
	Renew *Renew `yaml:"renew"`

	// Issue changes the ID Tokens that the environment issues from now on; an
	// empty one returns to the genuine ones.
	Issue *Token `yaml:"issue"`

	// Revoke ends the session called so at the revocation endpoint, as a
	// logout does.
	Revoke *string `yaml:"revoke"`

	// Open makes a further verifier; the first is called main.
	Open *Open `yaml:"open"`

	// Verify presents a token.
	Verify *Verify `yaml:"verify"`

	// Exchange sends a token to Char's side, Connect uses the ticket that came
	// of it, and Probe is Test Connection.
	Exchange *Exchange `yaml:"exchange"`
	Connect  *Connect  `yaml:"connect"`
	Probe    *Probe    `yaml:"probe"`

	// Rotate changes the keys of the environment.
	Rotate *Rotate `yaml:"rotate"`

	// Promote signs with a key that was published before.
	Promote *string `yaml:"promote"`

	// Retire takes a key out of the JWK Set.
	Retire *string `yaml:"retire"`

	// Publish serves this template in place of the ring's JWK Set; an empty
	// text returns to the ring.
	Publish *string `yaml:"publish"`

	// Move serves the JWK Set at this path from now on, which jwks_uri then
	// names. The old path answers 404.
	Move string `yaml:"move"`

	// Certificate is "new": the environment gets another one of the same kind.
	Certificate string `yaml:"certificate"`

	// Advance moves the virtual clock of the environment and the verifiers.
	Advance *Duration `yaml:"advance"`

	// Fault adds a fault, Heal removes one by ID or all with "all".
	Fault *Fault  `yaml:"fault"`
	Heal  *string `yaml:"heal"`

	// Assert judges what the environment has seen.
	Assert *Assert `yaml:"assert"`

	// Together takes several sequences of steps at once and waits for all.
	// They may verify, assert, close, advance and change the environment.
	Together [][]Step `yaml:"together"`

	// Close ends a verifier.
	Close *Close `yaml:"close"`

	Line int `yaml:"-"`
}

// environment returns the key of a step that is about the mock environment, and
// is without effect on a verifier whose keys are given; empty for the others.
func (s *Step) environment() string {
	switch {
	case s.Login != nil:
		return "login"
	case s.Refresh != nil:
		return "refresh"
	case s.Begin != nil:
		return "begin"
	case s.Renew != nil:
		return "renew"
	case s.Issue != nil:
		return "issue"
	case s.Revoke != nil:
		return "revoke"
	case s.Exchange != nil:
		return "exchange"
	case s.Connect != nil:
		return "connect"
	case s.Probe != nil:
		return "probe"
	case s.Rotate != nil:
		return "rotate"
	case s.Promote != nil:
		return "promote"
	case s.Retire != nil:
		return "retire"
	case s.Publish != nil:
		return "publish"
	case s.Fault != nil:
		return "fault"
	case s.Heal != nil:
		return "heal"
	case s.Move != "":
		return "move"
	case s.Certificate != "":
		return "certificate"
	case s.Assert != nil:
		return "assert"
	}
	for _, branch := range s.Together {
		for _, step := range branch {
			if name := step.environment(); name != "" {
				return name
			}
		}
	}
	return ""
}

// Mint makes a token and keeps it under the name As.
type Mint struct {
	As    string `yaml:"as"`
	Token `yaml:",inline"`
}

// Login runs an authorization code flow with PKCE.
type Login struct {
	As     string   `yaml:"as"`
	Scope  string   `yaml:"scope"`
	Nonce  string   `yaml:"nonce"`
	MaxAge Duration `yaml:"max_age"` // 0 asks for none
	Issue  *Token   `yaml:"issue"`   // changes its ID Token
	Expect string   `yaml:"expect"`  // an OAuth error code if it must fail

	// Params are further parameters of the authorization request.
	Params map[string]string `yaml:"params"`

	// Browser takes the browser of the case, which stays signed in from one
	// such login to the next.
	Browser bool `yaml:"browser"`
}

// Refresh exchanges the refresh token of the login or refresh called From, and
// keeps the answer under As.
type Refresh struct {
	From   string `yaml:"from"`
	As     string `yaml:"as"`
	Secret string `yaml:"secret"` // "wrong", "id" (the secret's ID in its place) or "" for the right one
	Client string `yaml:"client"` // "other" presents it as another client
	Token  string `yaml:"token"`  // template of a refresh token in place of the session's
	Times  int    `yaml:"times"`  // so many at once; 0 means one

	// Expect is the OAuth error code that must come, or empty for success.
	// With Times it is what all but the winner get.
	Expect string `yaml:"expect"`

	// Lacks lists members that the answer must not have, such as
	// refresh_token.
	Lacks []string `yaml:"lacks"`
}

// Begin hands the tokens of the login called Session to the client of the
// verifier main, which must take them.
type Begin struct {
	Session string `yaml:"session"`
}

// Renew lets the client refresh the session that it began under that name,
// whether that is due or not.
type Renew struct {
	Session string          `yaml:"session"`
	Times   int             `yaml:"times"` // so many callers at once; 0 means one
	Expect  Expectation     `yaml:"expect"`
	Reports []ReportedClaim `yaml:"reports"`
	Message Message         `yaml:"message"`

	MessageLacks []string `yaml:"message_lacks"`
}

// Open makes a further verifier with a configuration of its own.
type Open struct {
	As     string      `yaml:"as"`
	Config Config      `yaml:"config"`
	Expect Expectation `yaml:"expect"` // of its construction; empty means that it must work
}

// Verify presents the token called Token, every token of a family that is made
// on the spot from Each, or every text that the template Text gives.
type Verify struct {
	Verifier string      `yaml:"verifier"` // empty means main
	Token    string      `yaml:"token"`
	Each     *Token      `yaml:"each"`     // a token per repetition; the function n counts them
	Text     *string     `yaml:"text"`     // likewise
	Fresh    bool        `yaml:"fresh"`    // each repetition has a verifier of its own, configured as the first
	Times    int         `yaml:"times"`    // 0 means once
	Parallel int         `yaml:"parallel"` // how many at once; 0 means one after the other
	Every    Duration    `yaml:"every"`    // what the clock advances by between two repetitions; needs clock
	Inputs   Inputs      `yaml:"inputs"`
	Expect   Expectation `yaml:"expect"`
	Within   Duration    `yaml:"within"` // bound on each verification
	Memory   Size        `yaml:"memory"` // bound on what all of them allocate; needs api

	// GiveUp is when the caller stops waiting for an answer; needs api.
	GiveUp Duration `yaml:"give_up"`

	// Eventually ends the repetitions with the first answer that is as
	// expected, which must come. The answers before it do not matter.
	Eventually bool `yaml:"eventually"`

	Message Message `yaml:"message"`

	Reports      []ReportedClaim `yaml:"reports"`
	MessageLacks []string        `yaml:"message_lacks"`
}

// Close ends a verifier. What it is asked afterwards, or has been asked before
// and not answered, it may answer as if its keys could not be had.
type Close struct {
	Verifier string   `yaml:"verifier"` // empty means main
	Within   Duration `yaml:"within"`   // bound on the end; 0 means none
}

// Rotate moves the key ring. Key names a key of the case.
type Rotate struct {
	Mode string `yaml:"mode"`
	Key  string `yaml:"key"`
}

// Assert judges what the environment has seen since the last assert, or since
// the verifier was opened. Each is a Count or empty.
type Assert struct {
	JWKSRequests      Count `yaml:"jwks_requests"`
	DiscoveryRequests Count `yaml:"discovery_requests"`
	TokenRequests     Count `yaml:"token_requests"`
	OtherRequests     Count `yaml:"other_requests"` // to everything else, paths of no endpoint included

	// Credentials counts the requests with a cookie, an Authorization or a
	// Referer, UserAgents the different User-Agents.
	Credentials Count `yaml:"credentials"`
	UserAgents  Count `yaml:"user_agents"`

	// Goroutines counts those that calls of the implementation have left
	// behind; needs api.
	Goroutines Count `yaml:"goroutines"`

	// Memory bounds how much more the process holds in memory than at the
	// assertion before, or than when the case began; needs api.
	Memory Size `yaml:"memory"`
}
