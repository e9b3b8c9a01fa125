package main

import (
	"cmp"
	"time"

	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
)

// clientFlags change the first client of an environment.
type clientFlags struct {
	id, secret, initiateLogin string
	redirects, postLogout     []string
	exact                     bool
}

func (f *clientFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.id, "client-id", "", "ID of the client, such as skc_58327482062864390; derived from the seed if empty")
	flags.StringVar(&f.secret, "client-secret", "", "secret of the client; derived from the seed if empty")
	flags.StringArrayVar(&f.redirects, "redirect-uri", nil,
		"register this redirect `URI`; may be repeated. Any http URL of localhost, 127.0.0.1 and [::1] is registered anyway, unless a file of --people or --exact-redirects says otherwise")
	flags.StringArrayVar(&f.postLogout, "post-logout-uri", nil, "register this `URI` to return to after a logout; may be repeated")
	flags.StringVar(&f.initiateLogin, "initiate-login-uri", "",
		"`URI` of the application that starts a login, for bookmarks of the login page and identity providers")
	flags.BoolVar(&f.exact, "exact-redirects", false,
		"compare URIs exactly with those of --redirect-uri and --post-logout-uri, ports included, as Scalekit does")
}

// apply changes the first client of the environment.
func (f *clientFlags) apply(env *mockidp.Environment) error {
	client := env.Client()
	old := client.ID
	client.ID = cmp.Or(f.id, client.ID)
	client.Secret = cmp.Or(f.secret, client.Secret)
	client.InitiateLoginURI = cmp.Or(f.initiateLogin, client.InitiateLoginURI)
	if f.redirects != nil {
		client.RedirectURIs = f.redirects
	}
	if f.postLogout != nil {
		client.PostLogoutRedirectURIs = f.postLogout
	}
	if f.exact {
		client.AnyLocal, client.ExactPorts = false, true
	}
	return env.ReplaceClient(old, client)
}

// lifetimeFlags are the lifetimes of what an environment issues.
type lifetimeFlags struct{ idToken, accessToken, clientToken, refreshToken, code time.Duration }

func (f *lifetimeFlags) register(flags *pflag.FlagSet) {
	flags.DurationVar(&f.idToken, "id-token-lifetime", 30*time.Minute, "time from iat to exp of ID Tokens")
	flags.DurationVar(&f.accessToken, "access-token-lifetime", 5*time.Minute, "time from iat to exp of access tokens of users")
	flags.DurationVar(&f.clientToken, "client-token-lifetime", 24*time.Hour, "time from iat to exp of access tokens of clients")
	flags.DurationVar(&f.refreshToken, "refresh-token-lifetime", 30*24*time.Hour, "how long a refresh token can be used")
	flags.DurationVar(&f.code, "code-lifetime", 10*time.Minute, "how long an authorization code can be redeemed")
}

// complete checks the flags and sets the lifetimes of spec.
func (f *lifetimeFlags) complete(spec *control.Spec) error {
	for _, l := range []struct {
		flag string
		from time.Duration
		to   *control.Duration
	}{
		{"--id-token-lifetime", f.idToken, &spec.IDTokenLifetime},
		{"--access-token-lifetime", f.accessToken, &spec.AccessTokenLifetime},
		{"--client-token-lifetime", f.clientToken, &spec.ClientCredentialsLifetime},
		{"--refresh-token-lifetime", f.refreshToken, &spec.RefreshTokenLifetime},
		{"--code-lifetime", f.code, &spec.CodeLifetime},
	} {
		if l.from < time.Second {
			return usageHint(l.flag+" 30s works", "%s is %v, want at least 1s", l.flag, l.from)
		}
		*l.to = control.Duration(l.from)
	}
	return nil
}
