package main

import (
	"net/http"

	"github.com/spf13/pflag"

	"github.com/assay-id/assay/scenarios/implementations/present"
)

// requestFlags say how a token is presented to a service, and what its answers
// mean.
type requestFlags struct {
	present, method string
	headers         []string
	reading         present.Reading
}

// register adds the flags. methods are those that --method takes.
func (f *requestFlags) register(flags *pflag.FlagSet, methods string) {
	flags.StringVar(&f.present, "present", present.Bearer, "where the service finds the token: header:NAME: VALUE, cookie:NAME=VALUE, query:NAME=VALUE, form:NAME=VALUE or json:TEXT, with {{token}} in it")
	flags.StringVar(&f.method, "method", "", methods+"; what suits --present if empty")
	flags.StringArrayVar(&f.headers, "header", nil, "send this header `field` to the service, too; may be repeated")
	flags.StringVar(&f.reading.Accept, "accept-status", present.DefaultAccept, "`statuses` of answers that accept the token")
	flags.StringVar(&f.reading.Reject, "reject-status", present.DefaultReject, "`statuses` of answers that reject it; any other answer is no verdict")
	flags.StringVar(&f.reading.AcceptText, "accept-text", "", "`text` that accepting answers have, if the status does not tell")
	flags.StringVar(&f.reading.RejectText, "reject-text", "", "`text` that rejecting answers have")
	flags.StringVar(&f.reading.Reason, "reason-path", "", "`path` of the reason in the JSON of a rejecting answer, such as error.code; WWW-Authenticate is read, too")
}

// parse returns where the token goes, and the further header fields.
func (f *requestFlags) parse() (present.Template, http.Header, error) {
	template, err := present.Parse(f.present)
	if err != nil {
		return template, nil, usage("--present: %v", err)
	}
	header, err := readHeader("--header", f.headers)
	if err != nil {
		return template, nil, err
	}
	if err := template.Check(f.method, header); err != nil {
		return template, nil, usage("--present, --method and --header: %v", err)
	}
	return template, header, nil
}
