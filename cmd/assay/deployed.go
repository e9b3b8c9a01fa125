package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
)

// bearerPrefix begins the name of a deployed service.
const bearerPrefix = "bearer:"

// deployedFlags are the flags of assay run for a deployed service.
type deployedFlags struct {
	issuer, clientID, idpSeed string
	control                   string // URL of the control API; empty means an environment of its own
	decoys                    bool

	request requestFlags

	service, restart string
	settle, wait     time.Duration
	own              bool

	names []string // of these flags
	typed []string // those that were set, with their values
}

func (f *deployedFlags) register(flags *pflag.FlagSet) {
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	own.StringVar(&f.issuer, "issuer", "", "issuer that the deployed service trusts: a `URL` of this machine, where the mock environment listens")
	own.StringVar(&f.clientID, "client-id", "", "audience that the deployed service expects; derived from --idp-seed if empty")
	own.StringVar(&f.idpSeed, "idp-seed", "", "derive the keys and IDs of the environment of a deployed service from this `seed`; random if empty")
	own.StringVar(&f.control, "control", "", "borrow the environment, and its address, from a running assay idp with this `URL` of the control API; defaults to $"+controlVariable)
	nameVariable(own, "control", controlVariable)
	own.BoolVar(&f.decoys, "idp-decoys", true, "publish keys that never sign, of several kinds, with those of a deployed service; some libraries discard the whole set for one of them")
	f.request.register(own, "GET or POST")
	own.StringVar(&f.request.reading.Subject, "subject-path", "", "`path` of the subject in the JSON of an accepting answer, such as user.sub")
	own.StringVar(&f.service, "service", "", "`command` that runs the service, to start it and start it again where a case needs that; it gets ISSUER, CLIENT_ID, JWKS_URI and, with --idp-tls, CA_FILE, and fills in {{issuer}}, {{client_id}}, {{jwks_uri}} and {{ca_file}}")
	own.StringVar(&f.restart, "restart", "", "`command` that restarts a service which runs already, and ends")
	own.DurationVar(&f.settle, "settle", 0, "how long a service that is not restarted may take until it fetches keys again; the cases that need it wait as long")
	own.DurationVar(&f.wait, "wait", 30*time.Second, "how long a deployed service may take to answer at all")
	registerOwn(own, &f.own)
	own.VisitAll(func(flag *pflag.Flag) { f.names = append(f.names, flag.Name) })
	flags.AddFlagSet(own)
}

// refuseDeployed refuses the flags of a deployed service for an implementation
// that is none, and remembers the others for the command that repeats a case.
func (a *app) refuseDeployed(cmd *cobra.Command, f *runFlags) error {
	if !strings.HasPrefix(f.implementation, bearerPrefix) {
		return a.refuse(cmd, "assay run --implementation bearer:URL tests a deployed service", "needs a deployed service", f.deployed.names...)
	}
	for _, name := range f.deployed.names {
		flag := cmd.Flags().Lookup(name)
		if !flag.Changed {
			continue
		}
		values := []string{flag.Value.String()}
		if list, ok := flag.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			switch flag.NoOptDefVal {
			case "":
				f.deployed.typed = append(f.deployed.typed, "--"+name, redact(value))
			case value:
				f.deployed.typed = append(f.deployed.typed, "--"+name)
			default:
				f.deployed.typed = append(f.deployed.typed, "--"+name+"="+value)
			}
		}
	}
	return nil
}

// deployed is what a run against a deployed service needs.
type deployed struct {
	implementation implementations.Implementation
	server         *mockidp.Server
	opts           run.DeployedOptions
	network        mockidp.ListenerConfig // where the environment listens; zero means as usual

	borrowed *control.Borrowed // nil: nothing, or it was returned
	caFile   string            // to remove; empty if there is none
}

// close ends the service, if it runs here, and the environment, and returns what
// was borrowed. It may be called twice.
func (d *deployed) close() error {
	var err error
	if d.implementation != nil {
		err = d.implementation.Close()
	}
	if d.server != nil {
		closeServer(d.server)
	}
	d.giveBack()
	if d.caFile != "" {
		_ = os.Remove(d.caFile)
	}
	return err
}

// openDeployed starts the environment that the service trusts, and makes the
// implementation, which is asked by the run. dir is the working folder of the
// command that runs the service.
func (a *app) openDeployed(
	ctx context.Context, f runFlags, network mockidp.ListenerConfig, dir string,
) (*deployed, error) {
	if err := implementations.Check(f.implementation); err != nil {
		return nil, usageHint("bearer:http://127.0.0.1:3000/me names the URL of a request that needs a token", "--implementation: %v", err)
	}
	target := strings.TrimPrefix(f.implementation, bearerPrefix)
	opts, err := f.deployed.options(f.timeout)
	if err != nil {
		return nil, err
	}
	if err := owned(target, f.deployed.own); err != nil {
		return nil, err
	}
	d := &deployed{opts: run.DeployedOptions{ClientID: f.deployed.clientID, Settle: f.deployed.settle, NoDecoys: !f.deployed.decoys}, network: network}
	if err := a.startIdP(ctx, d, f); err != nil {
		_ = d.close()
		return nil, err
	}
	opts.Dir = dir
	ca, err := d.writeCA(f.network)
	if err != nil {
		_ = d.close()
		return nil, err
	}
	env, err := d.opts.Prepare(d.server)
	if err == nil {
		values := map[string]string{"issuer": env.Issuer(), "client_id": env.Client().ID, "jwks_uri": env.JWKSURI(), "ca_file": ca}
		for name, value := range values {
			opts.Env = append(opts.Env, strings.ToUpper(name)+"="+value)
			fill(opts.Service, name, value)
			fill(opts.Restart, name, value)
		}
		if opts.Service == nil && !f.output.quiet {
			fmt.Fprintf(a.stderr, "The service must trust the issuer %s with the audience %s.\n", env.Issuer(), env.Client().ID)
		}
		d.implementation, err = implementations.NewBearer(target, opts)
	}
	if err != nil {
		_ = d.close()
		return nil, usage("--implementation: %v", err)
	}
	return d, nil
}

// writeCA writes the CA certificate, if the environment serves https, to the
// file of the flag or else to one for the time of the run, and returns its
// absolute name.
func (d *deployed) writeCA(network networkFlags) (string, error) {
	if network.tls == "" {
		return "", nil
	}
	if network.caFile == "" {
		file, err := os.CreateTemp("", "assay-ca-*.pem")
		if err != nil {
			return "", err
		}
		network.caFile, d.caFile = file.Name(), file.Name()
		if err := file.Close(); err != nil {
			return "", err
		}
	}
	if err := network.writeCA(d.server.CA); err != nil {
		return "", err
	}
	return filepath.Abs(network.caFile)
}

// fill replaces a placeholder in the words of a command.
func fill(words []string, name, value string) {
	for i, word := range words {
		words[i] = strings.ReplaceAll(word, "{{"+name+"}}", value)
	}
}

// options returns how the service is asked.
func (f *deployedFlags) options(timeout time.Duration) (implementations.BearerOptions, error) {
	opts := implementations.BearerOptions{Method: f.request.method, Reading: f.request.reading, Timeout: timeout, Wait: f.wait}
	var err error
	if opts.Present, opts.Header, err = f.request.parse(); err != nil {
		return opts, err
	}
	if opts.Method != "" && opts.Method != http.MethodGet && opts.Method != http.MethodPost {
		return opts, usage("--method is %q, want GET or POST", opts.Method)
	}
	if f.service != "" && f.restart != "" {
		return opts, usage("--service and --restart contradict each other, want one of them")
	}
	if f.settle < 0 {
		return opts, usage("--settle is %v, want 0 or more", f.settle)
	}
	if err := positive("wait", f.wait); err != nil {
		return opts, err
	}
	for _, command := range []struct {
		flag, line string
		words      *[]string
	}{{"service", f.service, &opts.Service}, {"restart", f.restart, &opts.Restart}} {
		if command.line == "" {
			continue
		}
		if *command.words, err = implementations.SplitCommand(command.line); err != nil {
			return opts, usage("--%s: %v", command.flag, err)
		}
	}
	return opts, nil
}

// manyUnread is how many answers with one status, which is no verdict, look like
// a missing flag instead of a service that fails at times.
const manyUnread = 5

// showUnread says which status to read if many answers had it.
func (a *app) showUnread(service implementations.Deployed) {
	if status, n := service.Unread(); n >= manyUnread {
		fmt.Fprintf(a.stderr, "assay: hint: %d answers have the status %d, which neither accepts nor rejects: "+
			"add it to --reject-status if that is how the service rejects a token\n", n, status)
	}
}

// notReady gives the error of a service that cannot be tested its exit code.
func notReady(err error) error {
	if e, ok := errors.AsType[*run.NotReadyError](err); ok {
		return &exitError{code: exitNoAnswers, err: e, hint: e.Do}
	}
	return err
}
