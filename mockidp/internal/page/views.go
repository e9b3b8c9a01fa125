package page

import (
	"html/template"
	"time"
)

// views has one view of each type, so that their templates are parsed.
func views() []View {
	return []View{
		&Identify{}, &Method{}, &Code{}, &LinkSent{}, &LinkOpened{},
		&Provider{}, &Organization{}, &SecondFactor{}, &SignUp{}, &Portal{}, &Outbox{}, &Message{},
		&CharSettings{}, &CharAgent{},
	}
}

// Login holds what all pages of a login have.
type Login struct {
	Frame
	ID     string // the ID of the pending login, which every form sends back
	Client string // the name of the application
}

// Choice is one of several options.
type Choice struct {
	Value, Label, Detail string
	Checked              bool
}

// Identify asks users who they are, and offers other ways to sign in.
type Identify struct {
	Login
	Email    string
	Social   []Choice
	Accounts []Account // accounts that exist for tests
}

// Account is a user as whom a tester can sign in.
type Account struct{ Email, Password, Detail string }

// Method asks for a password, or for another way to continue.
type Method struct {
	Login
	Email    string
	Password bool // may be entered
	Mail     bool // codes and links can be sent
}

// Code asks for the code that was mailed.
type Code struct {
	Login
	Email string
	Entry string
}

// LinkSent says that a link was mailed.
type LinkSent struct {
	Login
	Email string
}

// LinkOpened asks somebody who has followed the link to confirm it. Following
// alone must not sign anybody in: mail scanners follow links.
type LinkOpened struct {
	Login
	Email string
	Token string

	Elsewhere bool // another browser has asked for the link
}

// Provider plays the page of another identity provider.
type Provider struct {
	Login
	Title      string
	Connection string
	Users      []Choice
}

// Organization asks which organization to enter.
type Organization struct {
	Login
	Organizations []Choice
}

// SecondFactor asks for a code after the first proof: one of an authenticator
// app, which is being enrolled if there is a Secret, or a mailed one.
type SecondFactor struct {
	Login
	Mailed     bool
	Email      string
	Secret     string
	URI        template.URL // of the secret, for the app
	TOTP, Mail bool         // may be used
	Entry      string
}

// SignUp asks for an account to be made.
type SignUp struct {
	Login
	Email, Name string
}

// Portal plays the dashboard of an identity provider, where users open
// applications.
type Portal struct {
	Frame
	Users, Clients, Connections []Choice
	RelayState                  string
}

// Outbox is the mail that was sent.
type Outbox struct {
	Frame
	Mails []Mail
}

// Mail is one message.
type Mail struct {
	Time              time.Time
	To, Subject, Text string
	Link              string
}

// Message is a page without questions.
type Message struct {
	Frame
	Texts []string
	Code  string // the code of an error
	Link  string // where to continue
	Label string // the text of the link
}

// CharSettings is where an administrator of Char configures single sign-on.
type CharSettings struct {
	Frame
	Providers         []Choice
	Issuer, ClientIDs string
	Saved             bool
	Test              *ConnectionTest // nil: not tested
}

// ConnectionTest is what Test Connection found.
type ConnectionTest struct {
	Success         bool
	Issuer, JWKSURI string
	Error           string // empty if it succeeded
	Checks          []ConnectionCheck
	CannotSee       []string
}

// ConnectionCheck is one thing that was checked.
type ConnectionCheck struct{ Name, Verdict, Found, Do string }

// CharAgent shows who an application's user is to Char.
type CharAgent struct {
	Frame
	Who     *CharUser    // nil: nobody has connected
	Refused *CharRefusal // nil: no token was refused
	Log     []CharConnection
}

// CharUser is a user as Char knows them.
type CharUser struct{ UserID, OrganizationID, Email, Name string }

// CharRefusal says why a token is refused.
type CharRefusal struct {
	Code, Message string
	Causes        []CharCause
}

// CharCause is a cause that fits, and what to do about it.
type CharCause struct{ Text, Do string }

// CharConnection is one attempt to connect.
type CharConnection struct {
	Time                         time.Time
	Way                          string // how the token came
	UserID, Code, Message, Cause string
}

func (*Identify) name() string     { return "identify.html" }
func (*Method) name() string       { return "method.html" }
func (*Code) name() string         { return "code.html" }
func (*LinkSent) name() string     { return "linksent.html" }
func (*LinkOpened) name() string   { return "linkopened.html" }
func (*Provider) name() string     { return "provider.html" }
func (*Organization) name() string { return "organization.html" }
func (*SecondFactor) name() string { return "second.html" }
func (*SignUp) name() string       { return "signup.html" }
func (*Portal) name() string       { return "portal.html" }
func (*Outbox) name() string       { return "outbox.html" }
func (*Message) name() string      { return "message.html" }
func (*CharSettings) name() string { return "charsettings.html" }
func (*CharAgent) name() string    { return "charagent.html" }
