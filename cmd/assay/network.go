package main

import (
	"errors"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp"
)

// networkFlags say where a mock environment listens, and how what is tested
// reaches it.
type networkFlags struct {
	listener mockidp.ListenerConfig
	tls      string
	caFile   string

	prefix string // of the names of the flags
}

// freePort is the default of the flag for the address.
const freePort = "127.0.0.1:0"

// register adds the flags. prefix begins the names of those that would
// otherwise read as if they were about the command itself.
func (f *networkFlags) register(flags *pflag.FlagSet, prefix string) {
	f.prefix = prefix
	l := &f.listener
	flags.StringVar(&l.Addr, prefix+"addr", freePort,
		"address on which the environment listens; port 0 means a free one, and localhost both 127.0.0.1 and ::1")
	flags.StringVar(&l.Host, prefix+"host", "",
		"`name` of this machine in the issuer, such as localhost or host.docker.internal; empty means the address")
	flags.StringVar(&l.ExternalURL, "external-url", "",
		"`URL` under which a proxy or a mapped port offers the environment, with the path of the issuer if it has one")
	flags.BoolVar(&l.UnsafeAllowNonLoopback, "unsafe-allow-non-loopback", false,
		"allow an address that others can reach: they can sign in as anyone")
	flags.StringVar(&f.caFile, prefix+"ca-file", "",
		"write the CA certificate to this `file`, for clients to trust")
}

// name returns how the user types a flag.
func (f *networkFlags) name(flag string) string { return "--" + f.prefix + flag }

// config returns where to listen. The error names the flag, its value and what
// would work.
func (f *networkFlags) config() (mockidp.ListenerConfig, error) {
	l := f.listener
	l.TLS = mockidp.TLSProfile(f.tls)
	if !slices.Contains(mockidp.TLSProfiles(), l.TLS) {
		return l, usage("%s is %q, want one of %s", f.name("tls"), f.tls, profiles())
	}
	if f.caFile != "" && f.tls == "" {
		return l, usageHint(f.name("tls")+" "+f.name("ca-file")+" FILE", "%s needs %s", f.name("ca-file"), f.name("tls"))
	}
	if l.ExternalURL != "" && l.Host != "" {
		return l, usageHint("the URL names the host already: leave "+f.name("host")+" out",
			"--external-url is %q and %s is %q, want one of them", l.ExternalURL, f.name("host"), l.Host)
	}
	for _, v := range []struct {
		flag, hint string
		cfg        mockidp.ListenerConfig
	}{
		{f.name("host"), "--external-url takes a whole URL, such as https://auth.example.com/tenant", mockidp.ListenerConfig{Host: l.Host}},
		{"--external-url", "--external-url https://auth.example.com/tenant " + f.name("addr") + " 127.0.0.1:8080 works", mockidp.ListenerConfig{ExternalURL: l.ExternalURL}},
		{f.name("addr"), "127.0.0.1:0 works; anyone who reaches another address can sign in as anyone",
			mockidp.ListenerConfig{Addr: l.Addr, UnsafeAllowNonLoopback: l.UnsafeAllowNonLoopback}},
	} {
		if err := v.cfg.Validate(); err != nil {
			return l, usageHint(v.hint, "%s: %s", v.flag, flagged(err.Error()))
		}
	}
	if err := f.checkExternal(l); err != nil {
		return l, err
	}
	if l.Addr == freePort {
		l.Addr = "" // which means the same, and is not worth repeating
	}
	return l, nil
}

// checkExternal refuses what cannot be forwarded to.
func (f *networkFlags) checkExternal(l mockidp.ListenerConfig) error {
	if l.ExternalURL == "" {
		return nil
	}
	if _, port, err := net.SplitHostPort(l.Addr); err != nil || port == "0" {
		return usageHint(f.name("addr")+" 127.0.0.1:8080, and let what is at the URL forward to it",
			"--external-url is %q and %s is %q, want a fixed port", l.ExternalURL, f.name("addr"), l.Addr)
	}
	if f.tls != "" && strings.HasPrefix(l.ExternalURL, "http:") {
		return usageHint("https"+strings.TrimPrefix(l.ExternalURL, "http")+", or no "+f.name("tls"),
			"--external-url is %q, and %s serves https", l.ExternalURL, f.name("tls"))
	}
	return nil
}

// writeCA writes the CA certificate that pem returns to the file of the flag, if
// there is one.
func (f *networkFlags) writeCA(pem func() []byte) error {
	if f.caFile == "" {
		return nil
	}
	if err := os.WriteFile(f.caFile, pem(), 0o644); err != nil {
		return usage("%s: %v", f.name("ca-file"), err)
	}
	return nil
}

// listening makes an error about the address of the flag a usage error, and
// returns any other as it is.
func (f *networkFlags) listening(err error) error {
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "listen" {
		return usageHint("127.0.0.1:0 works, and so does a free port on any address that this machine has",
			"%s: %v", f.name("addr"), err)
	}
	return err
}
