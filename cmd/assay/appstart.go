package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/charmock"
	"github.com/assay-id/assay/scenarios/appcheck"
	"github.com/assay-id/assay/scenarios/implementations"
)

// startApp runs the application, if there is a command, and waits until it
// answers. end ends it.
func (a *app) startApp(ctx context.Context, f appFlags, opts appcheck.Options) (end func(), err error) {
	env := opts.Provider.Env
	if f.command == nil {
		if !f.output.quiet {
			a.describeClient(opts)
		}
		return func() {}, answers(ctx, opts.URL, f.wait, nil)
	}
	char, err := a.startChar(ctx, charFlags{addr: freePort}, charmock.Settings{
		Provider: charmock.CustomOIDC, Issuer: env.Issuer(), ClientIDs: []string{env.Client().ID},
	}, "")
	if err != nil {
		return nil, err
	}
	variables := strings.Split(strings.TrimSpace(variables(char, env)), "\n")
	if port := opts.URL.Port(); port != "" {
		variables = append(variables, "PORT="+port)
	}
	service, err := implementations.StartService(f.command, variables, "")
	if err != nil {
		char.Close()
		return nil, &exitError{code: exitNoAnswers, err: err}
	}
	end = func() {
		service.Stop()
		char.Close()
	}
	if err := answers(ctx, opts.URL, f.wait, service); err != nil {
		end()
		return nil, err
	}
	return end, nil
}

// describeClient says what the application must be configured with.
func (a *app) describeClient(opts appcheck.Options) {
	client := opts.Provider.Env.Client()
	fmt.Fprintf(a.stderr, "The application must trust the issuer %s, with the client ID %s", opts.Provider.Env.Issuer(), client.ID)
	if !client.Public() {
		fmt.Fprintf(a.stderr, " and the secret %s", client.Secret)
	}
	fmt.Fprintln(a.stderr, ".")
}

// answers waits until anything answers at a URL. service, if not nil, is what
// runs there.
func answers(ctx context.Context, at *url.URL, wait time.Duration, service *implementations.Service) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	var ended <-chan struct{} // nil: it does not run here
	if service != nil {
		ended = service.Ended()
	}
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
		if err != nil {
			return err
		}
		res, err := client.Do(request)
		if err == nil {
			return res.Body.Close() // whatever it answers, the browser sees
		}
		select {
		case <-ended:
			return &exitError{code: exitNoAnswers, err: service.Crash(at.Host)}
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			return &exitError{
				code: exitNoAnswers, err: fmt.Errorf("nothing answers at %s for %v: %w", at.Host, wait, err),
				hint: "start the application, or say after -- how; --wait gives it more time",
			}
		case <-time.After(50 * time.Millisecond):
		}
	}
}
