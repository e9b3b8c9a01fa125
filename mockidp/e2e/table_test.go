package e2e

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
)

var update = flag.Bool("update", false, "rewrite README.md")

// The columns.
const (
	openid       = "openid-client"
	openidStrict = "openid-client strict"
	scalekit     = "scalekit"
	goOIDC       = "go-oidc"
	modOIDC      = "mod_auth_openidc"
)

func columns() []string { return []string{openid, openidStrict, scalekit, goOIDC, modOIDC} }

// The cells.
const (
	accepted = "accepted"
	refused  = "refused"
	unasked  = "–"
)

// cell is one client that meets one trouble, in an environment of its own.
type cell struct {
	column  string
	trouble trouble
	env     *mockidp.Environment
	host    string // of Apache
}

// TestTable has every client meet every trouble, and compares what came of it
// with README.md.
func TestTable(t *testing.T) {
	w := newWorld(t)
	ca := w.caFile(t)
	node := startNode(t, ca)
	addr := freeAddr(t)
	_, port, _ := strings.Cut(addr, ":")
	var cells []*cell
	var hosts []virtualHost
	for i, trouble := range troubles() {
		origin := w.origin(t, trouble.tls)
		for n, column := range columns() {
			c := &cell{column: column, trouble: trouble}
			redirect := callback
			if column == modOIDC {
				c.host = fmt.Sprintf("app%d.localhost:%s", i, port)
				redirect = "http://" + c.host + "/callback"
			}
			c.env = w.environment(t, fmt.Sprintf("%d-%d", i, n), redirect, func(c *mockidp.EnvironmentConfig) { c.Origin = origin })
			if column == modOIDC {
				hosts = append(hosts, virtualHost{c.host, c.env.Issuer(), c.env.Client()})
			}
			plant(t, c.env, trouble.fault)
			cells = append(cells, c)
		}
	}
	a := startApache(t, addr, ca, hosts)

	rows := make(map[string][]string)
	for _, c := range cells {
		rows[c.trouble.name] = append(rows[c.trouble.name], c.judge(t, w, node, a))
	}
	compare(t, readme(t, rows))
}

// judge lets the client log in and says what it has made of that.
func (c *cell) judge(t *testing.T, w *world, node *nodeClients, a *apache) string {
	if c.trouble.nonce && c.column == scalekit {
		return unasked
	}
	var user string
	var err error
	switch c.column {
	case goOIDC:
		user, err = c.loginGo(t, w)
	case modOIDC:
		user, err = c.loginApache(t, w, a)
	default:
		user, err = c.loginNode(w, node)
	}
	if strings.Contains(c.trouble.fault, `"forge"`) && !struck(c.env) {
		t.Errorf("%s, %s: the fault has not struck", c.column, c.trouble.name)
	}
	if err != nil {
		t.Logf("%s, %s: %v", c.column, c.trouble.name, err)
		if c.trouble.harmless {
			t.Errorf("%s, %s: the login is refused", c.column, c.trouble.name)
		}
		return refused
	}
	if john := c.env.User().ID; user != john && c.trouble.fault == "" {
		t.Errorf("%s, %s: the user is %q, want %q", c.column, c.trouble.name, user, john)
	}
	return accepted
}

// between is the request that rotates the keys between two logins.
func (c *cell) between(w *world) *steer {
	if c.trouble.rotation == "" {
		return nil
	}
	return &steer{"POST", w.api.URL() + "/environments/" + c.env.Name() + "/keys/rotate", control.Turn{Mode: c.trouble.rotation}}
}

func (c *cell) loginNode(w *world, node *nodeClients) (string, error) {
	client := c.env.Client()
	var got struct{ Sub string }
	err := node.do(request{
		Op: "login", Client: c.column, Issuer: c.env.Issuer(), ClientID: client.ID, ClientSecret: client.Secret,
		RedirectURI: callback, Between: c.between(w),
	}, &got)
	return got.Sub, err
}

func (c *cell) loginGo(t *testing.T, w *world) (string, error) {
	g, err := newGoClient(t.Context(), w.client(t), browser(t), c.env, oidc.Config{})
	if err != nil {
		return "", err
	}
	id, _, err := g.login()
	if err == nil && c.trouble.rotation != "" {
		c.rotate(t, w)
		id, _, err = g.login()
	}
	if err != nil {
		return "", err
	}
	return id.Subject, nil
}

func (c *cell) loginApache(t *testing.T, w *world, a *apache) (string, error) {
	user, err := a.login(t.Context(), browser(t), c.host)
	if err == nil && c.trouble.rotation != "" {
		c.rotate(t, w)
		user, err = a.login(t.Context(), browser(t), c.host)
	}
	return user, err
}

func (c *cell) rotate(t *testing.T, w *world) {
	client := &control.Client{URL: w.api.URL()}
	if _, err := client.Rotate(t.Context(), c.env.Name(), control.Turn{Mode: c.trouble.rotation}); err != nil {
		t.Fatal(err)
	}
}

// readme returns the content of README.md.
func readme(t *testing.T, rows map[string][]string) []byte {
	var b bytes.Buffer
	b.WriteString(readmeHead)
	fmt.Fprintf(&b, "| what goes wrong | openid-client %s | the same, strict | @scalekit-sdk/node %s | go-oidc %s | mod_auth_openidc |\n",
		nodeVersion(t, "openid-client"), nodeVersion(t, "@scalekit-sdk/node"), goVersion(t, "github.com/coreos/go-oidc/v3"))
	b.WriteString("| --- | --- | --- | --- | --- | --- |\n")
	for _, trouble := range troubles() {
		fmt.Fprintf(&b, "| %s | %s |\n", trouble.name, strings.Join(rows[trouble.name], " | "))
	}
	b.WriteString(readmeNotes)
	for _, trouble := range troubles() {
		if trouble.fault != "" {
			fmt.Fprintf(&b, "\n%s\n\n    %s\n", trouble.name, trouble.fault)
		}
	}
	return b.Bytes()
}

// nodeVersion returns the version of a package that the lock has.
func nodeVersion(t *testing.T, name string) string {
	t.Helper()
	return find(t, "node/package-lock.json", `"node_modules/`+regexp.QuoteMeta(name)+`": \{\s*"version": "([^"]+)"`)
}

// goVersion returns the version of a module that go.mod requires.
func goVersion(t *testing.T, name string) string {
	t.Helper()
	return find(t, "go.mod", regexp.QuoteMeta(name)+` v(\S+)`)
}

func find(t *testing.T, file, pattern string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(pattern).FindSubmatch(text)
	if m == nil {
		t.Fatalf("%s has no %s", file, pattern)
	}
	return string(m[1])
}

// compare holds README.md against what was found.
func compare(t *testing.T, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile("README.md", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile("README.md")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	have, found := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(have), len(found)) {
		a, b := "", ""
		if i < len(have) {
			a = have[i]
		}
		if i < len(found) {
			b = found[i]
		}
		if a != b {
			t.Errorf("README.md, line %d:\nhas   %s\nfound %s\nrewrite it with go test -run TestTable -update, and read the diff",
				i+1, a, b)
			return
		}
	}
}
