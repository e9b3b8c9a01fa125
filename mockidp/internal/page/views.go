package page

import "time"

// views has one of each, for the templates to be parsed.
func views() []View {
	return []View{
		&Identify{}, &Method{}, &Code{}, &LinkSent{}, &LinkOpened{},
		&Provider{}, &Organization{}, &SignUp{}, &Portal{}, &Outbox{}, &Message{},
	}
}

// Login is what the pages of one login have.
type Login struct {
	Frame
	ID     string // of the pending login, which every form sends back
	Client string // the name of the application
}

// Choice is one of several.
type Choice struct {
	Value, Label, Detail string
	Checked              bool
}

// Identify asks who somebody is, and offers other ways.
type Identify struct {
	Login
	Email    string
	Social   []Choice
	Accounts []Account // that exist for tests
}

// Account is a user whom a tester can be.
type Account struct{ Email, Password, Detail string }

// Method asks for a password, or how else to go on.
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
}

// Provider stands for the page of another identity provider.
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

// SignUp asks for an account to be made.
type SignUp struct {
	Login
	Email, Name string
}

// Portal stands for the dashboard of an identity provider, from where an
// application is opened.
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

// Message is a page that says something and asks nothing.
type Message struct {
	Frame
	Texts []string
	Code  string // of an error
	Link  string // where to go on
	Label string // of the link
}

func (*Identify) name() string     { return "identify.html" }
func (*Method) name() string       { return "method.html" }
func (*Code) name() string         { return "code.html" }
func (*LinkSent) name() string     { return "linksent.html" }
func (*LinkOpened) name() string   { return "linkopened.html" }
func (*Provider) name() string     { return "provider.html" }
func (*Organization) name() string { return "organization.html" }
func (*SignUp) name() string       { return "signup.html" }
func (*Portal) name() string       { return "portal.html" }
func (*Outbox) name() string       { return "outbox.html" }
func (*Message) name() string      { return "message.html" }
