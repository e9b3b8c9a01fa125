package appcheck

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/people"
)

// ProviderConfig says where the provider listens and whom it knows.
type ProviderConfig struct {
	// Addr is the loopback address to listen on. Empty means a free port.
	Addr string

	// Host is the host of the issuer. Empty means that of Addr. Cookies of one
	// host are for all of its ports: give the provider another name than the
	// application has, as in production.
	Host string

	// ClientID and ClientSecret are what the application is configured with.
	// Empty means that they derive from Seed. Public means a client without a
	// secret.
	ClientID, ClientSecret string
	Public                 bool

	Seed uint64
}

// Provider is a mock environment and, in front of it, what sees and changes its
// traffic with the application and the browser. It listens where the issuer is.
type Provider struct {
	Env *mockidp.Environment

	server *mockidp.Server
	front  *http.Server
	done   chan struct{} // closed when front has ended

	mu        sync.Mutex
	logins    []login
	exchanges []exchange
	logouts   []url.Values
	cookies   map[string]bool // the names of those of the provider
	answer    func(*url.URL) (deliver bool)
}

// login is an authorization request and the response to it.
type login struct {
	request  url.Values
	response *url.URL // as it was issued
}

// exchange is a request to the token endpoint.
type exchange struct {
	form   url.Values
	status int
	tokens map[string]string // those in the answer, by the name of the member
}

// maxBody is the longest request or answer that is looked at.
const maxBody = 1 << 20

// StartProvider starts a provider. The caller must call [Provider.Close].
func StartProvider(ctx context.Context, cfg ProviderConfig) (*Provider, error) {
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	if err := (mockidp.ListenerConfig{Addr: cfg.Addr}).Validate(); err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if cfg.Host != "" {
		host = cfg.Host
	}
	p := &Provider{cookies: make(map[string]bool), done: make(chan struct{})}
	if err := p.startEnvironment(ctx, cfg, "http://"+net.JoinHostPort(host, port)); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	p.front = &http.Server{Handler: p.proxy(), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(p.done)
		_ = p.front.Serve(listener) // until Close
	}()
	return p, nil
}

// startEnvironment starts the environment itself on a port of its own.
func (p *Provider) startEnvironment(ctx context.Context, cfg ProviderConfig, issuer string) error {
	var err error
	p.server, err = mockidp.Start(ctx, mockidp.Config{Seed: cfg.Seed, ListenerConfig: mockidp.ListenerConfig{ExternalURL: issuer}})
	if err != nil {
		return err
	}
	if p.Env, err = p.server.NewEnvironment("", people.Default()); err != nil {
		return errors.Join(err, p.server.Close(ctx))
	}
	client := p.Env.Client()
	before := client.ID
	if cfg.ClientID != "" {
		client.ID = cfg.ClientID
	}
	if cfg.ClientSecret != "" {
		client.Secret = cfg.ClientSecret
	}
	if cfg.Public {
		client.Secret, client.GrantTypes = "", nil
	}
	if err := p.Env.ReplaceClient(before, client); err != nil {
		return errors.Join(err, p.server.Close(ctx))
	}
	return nil
}

// Close ends the provider.
func (p *Provider) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := p.front.Close()
	<-p.done
	return errors.Join(err, p.server.Close(ctx))
}

// proxy returns the handler in front of the environment.
func (p *Provider) proxy() http.Handler {
	target := p.server.Listeners()[0].Addr().String()
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", target
			p.read(r.Out)
		},
		Transport:      &http.Transport{DisableCompression: true, ResponseHeaderTimeout: 30 * time.Second},
		ModifyResponse: p.seen,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway)
		},
	}
}

// formKey is the key of the form of a request in its context.
type formKey struct{}

// read parses the form of a request and leaves it as it was.
func (p *Provider) read(r *http.Request) {
	form := maps.Clone(r.URL.Query())
	if r.Body != nil && r.Method == http.MethodPost {
		text, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
		r.Body = io.NopCloser(bytes.NewReader(text))
		if err == nil {
			if posted, err := url.ParseQuery(string(text)); err == nil {
				maps.Copy(form, posted)
			}
		}
	}
	*r = *r.WithContext(context.WithValue(r.Context(), formKey{}, form))
}

// seen notes an answer of the environment, and changes it.
func (p *Provider) seen(res *http.Response) error {
	form, _ := res.Request.Context().Value(formKey{}).(url.Values)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range res.Cookies() {
		p.cookies[c.Name] = true
	}
	switch res.Request.URL.Path {
	case "/oauth/authorize":
		p.answered(res, form)
	case "/oauth/token":
		return p.exchanged(res, form)
	case "/oidc/logout":
		p.logouts = append(p.logouts, form)
	}
	return nil
}

// answered notes an authorization response and changes it. The caller holds the
// mutex.
func (p *Provider) answered(res *http.Response, form url.Values) {
	at, err := res.Location()
	if err != nil || res.StatusCode/100 != 3 || !strings.HasPrefix(at.String(), form.Get("redirect_uri")) || form.Get("redirect_uri") == "" {
		return
	}
	issued := *at
	p.logins = append(p.logins, login{request: form, response: &issued})
	if p.answer == nil {
		return
	}
	if p.answer(at) {
		res.Header.Set("Location", at.String())
		return
	}
	const page = "<!doctype html><title>Held</title><p>The answer of the provider is held back by a test."
	res.StatusCode, res.Status = http.StatusOK, ""
	res.Header.Del("Location")
	replaceBody(res, "text/html; charset=utf-8", []byte(page))
}

func replaceBody(res *http.Response, contentType string, body []byte) {
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.ContentLength = int64(len(body))
	res.Header.Set("Content-Length", strconv.Itoa(len(body)))
	res.Header.Set("Content-Type", contentType)
}

// exchanged notes an answer of the token endpoint. The caller holds the mutex.
func (p *Provider) exchanged(res *http.Response, form url.Values) error {
	text, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return fmt.Errorf("the answer of the token endpoint: %w", err)
	}
	res.Body.Close()
	replaceBody(res, res.Header.Get("Content-Type"), text)
	e := exchange{form: form, status: res.StatusCode, tokens: make(map[string]string)}
	var members map[string]any
	if json.Unmarshal(text, &members) == nil {
		for _, name := range []string{"id_token", "access_token", "refresh_token"} {
			if token, ok := members[name].(string); ok {
				e.tokens[name] = token
			}
		}
	}
	p.exchanges = append(p.exchanges, e)
	return nil
}

// change lets f change the authorization responses from now on, and say whether
// the browser gets them at all. Nil leaves them alone.
func (p *Provider) change(f func(*url.URL) (deliver bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

// traffic is what the provider has seen, oldest first.
type traffic struct {
	logins    []login
	exchanges []exchange
	logouts   []url.Values
}

// traffic returns what was seen until now.
func (p *Provider) traffic() traffic {
	p.mu.Lock()
	defer p.mu.Unlock()
	return traffic{p.logins[:len(p.logins):len(p.logins)], p.exchanges[:len(p.exchanges):len(p.exchanges)], p.logouts[:len(p.logouts):len(p.logouts)]}
}

// since returns what t has and before had not.
func (t traffic) since(before traffic) traffic {
	return traffic{t.logins[len(before.logins):], t.exchanges[len(before.exchanges):], t.logouts[len(before.logouts):]}
}

// owns reports whether a cookie is the provider's.
func (p *Provider) owns(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cookies[name]
}
