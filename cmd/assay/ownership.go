package main

import (
	"net/url"

	"github.com/spf13/pflag"

	"github.com/assay-id/assay/scenarios/implementations"
)

// ownFlag is the flag that permits requests to a service on another machine.
const ownFlag = "i-own-this-service"

// registerOwn adds the flag.
func registerOwn(flags *pflag.FlagSet, own *bool) {
	flags.BoolVar(own, ownFlag, false, "permit a service that is not on this machine: malformed tokens and floods look like an attack to its owner")
}

// owned refuses a target on another machine unless the user says that it is
// theirs. What is not a URL is for the caller to refuse.
func owned(target string, own bool) error {
	u, err := url.Parse(target)
	if err != nil || own || u.Host == "" || implementations.Loopback(u.Hostname()) {
		return nil
	}
	return usageHint("--"+ownFlag+" permits it", "%s is not on this machine; test only a service that you may attack", u.Host)
}
