package tui

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// chooseText opens the list of what can be copied of the environment.
func (a *app) chooseText() tea.Cmd {
	if a.idp == nil || !a.idpScreen.have {
		return a.toast("no mock environment", true)
	}
	c := &chooser{title: "copy"}
	add := func(name, text, what string) {
		c.choices = append(c.choices, choice{name: name, help: reports.Escape(text), pick: func(a *app) tea.Cmd {
			return a.copyText(text, what)
		}})
	}
	for _, x := range a.idpScreen.snapshot.Texts {
		add(reports.Escape(x.Name), x.Text, "the "+reports.Escape(x.Name))
	}
	if r, ok := a.idpScreen.currentRequest(); ok {
		add("curl", curlOf(a.idpScreen.snapshot.URL, r), "the curl command of the request")
	}
	a.overlay = c
	return nil
}

// makeToken makes an ID Token of the environment and shows it on the Token
// screen.
func (a *app) makeToken() tea.Cmd {
	if a.idp == nil {
		return a.toast("no mock environment", true)
	}
	return tea.Batch(a.show(a.tokenLab), a.tokenLab.do(a, actFresh))
}

// chooseUse opens the list of what can be done with the environment: check it,
// test a service that trusts it, or point another command at it.
func (a *app) chooseUse() tea.Cmd {
	if a.idp == nil || !a.idpScreen.have {
		return a.toast("no mock environment", true)
	}
	idp, ctx := a.idp, a.ctx
	command := func(name, help, format string) choice {
		return choice{name: name, help: help, pick: func(a *app) tea.Cmd {
			return func() tea.Msg {
				url, err := idp.Control(ctx)
				return commandMsg{fmt.Sprintf(format, quoted(url)), err}
			}
		}}
	}
	a.overlay = &chooser{title: "use this environment", choices: []choice{
		{name: "check it", help: "as assay doctor does: metadata, keys, caching, clock, latency", pick: func(*app) tea.Cmd {
			return func() tea.Msg { return examineIdP(ctx, idp) }
		}},
		{name: "run scenarios", help: "against a service that trusts it", pick: func(a *app) tea.Cmd {
			a.overlay = serviceChooser(func(a *app, url string) tea.Cmd {
				return tea.Batch(a.show(a.scenarios), a.use("bearer:"+url))
			})
			return nil
		}},
		{name: "load a service", help: "that trusts it, with its tokens", pick: func(a *app) tea.Cmd {
			a.overlay = serviceChooser(func(_ *app, service string) tea.Cmd {
				return func() tea.Msg {
					control, err := idp.Control(ctx)
					return loadMsg{service, control, err}
				}
			})
			return nil
		}},
		command("copy assay load", "the command that loads such a service", "assay load http://127.0.0.1:3000/me --control %s"),
		command("copy assay run", "the command that tests such a service", "assay run --policy char --implementation bearer:http://127.0.0.1:3000/me --control %s"),
		command("copy assay idp ctl", "the command that controls it from a shell", "assay idp ctl --control %s rotate"),
	}}
	return nil
}

// serviceChooser asks for the URL of a service that trusts the environment.
func serviceChooser(pick func(a *app, url string) tea.Cmd) *chooser {
	c := &chooser{title: "type the URL of a request that needs a token"}
	c.other = func(text string) choice {
		url := strings.TrimPrefix(text, "bearer:")
		return choice{name: reports.Escape(url), help: "this service", pick: func(a *app) tea.Cmd { return pick(a, url) }}
	}
	return c
}

// prepareLoad fills the options of a load in. It begins when the user says so.
func (a *app) prepareLoad(msg loadMsg) tea.Cmd {
	if msg.err != nil {
		a.showError("no control API", msg.err)
		return nil
	}
	a.load.form.set("target", msg.service)
	a.load.form.set("more flags", "--control "+quoted(msg.control))
	return tea.Batch(a.show(a.load), a.toast("space starts, enter shows the options", false))
}

func examineIdP(ctx context.Context, idp IdP) tea.Msg {
	checkup, err := idp.Checkup(ctx)
	return checkupMsg{checkup, err}
}

// showCheckup shows what a verifier would make of the environment.
func (a *app) showCheckup(msg checkupMsg) tea.Cmd {
	if msg.err != nil {
		a.showError("not checked", msg.err)
		return nil
	}
	p := &page{title: "the environment as a verifier sees it: " + reports.Escape(msg.checkup.Verdict)}
	for _, c := range msg.checkup.Checks {
		p.rows = append(p.rows, pageRow{label: reports.Escape(c.Name), text: reports.Escape(cmp.Or(c.Found, "–")), mark: reports.Escape(c.Verdict)})
		if c.Do != "" {
			p.rows = append(p.rows, pageRow{label: "do", text: reports.Escape(c.Do), mark: " "})
		}
	}
	a.overlay = p
	return nil
}

// copyCommand puts a command on the clipboard.
func (a *app) copyCommand(msg commandMsg) tea.Cmd {
	if msg.err != nil {
		a.showError("no control API", msg.err)
		return nil
	}
	return a.copyText(msg.text, "the command")
}
