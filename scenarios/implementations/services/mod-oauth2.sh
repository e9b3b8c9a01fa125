#!/bin/sh
# Apache with mod_oauth2 as a resource server: AuthType oauth2 with the JWK Set
# of the issuer, and Require for iss and aud, which the module leaves to it if it
# is configured with jwks_uri.
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
trap 'kill "$apache" 2>/dev/null' INT TERM
cat >"$folder/httpd.conf" <<END
ServerRoot /usr/lib/apache2
ServerName 127.0.0.1
Listen 127.0.0.1:$PORT
DocumentRoot $folder/htdocs
PidFile $folder/pid
ErrorLog /dev/stderr
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authn_core_module modules/mod_authn_core.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule oauth2_module modules/mod_oauth2.so
OAuth2TokenVerify jwks_uri $JWKS_URI verify.exp=required&verify.iat=required&verify.iss=skip
<Location />
  AuthType oauth2
  <RequireAll>
    Require oauth2_claim iss:$ISSUER
    Require oauth2_claim aud:$CLIENT_ID
  </RequireAll>
</Location>
END
mkdir "$folder/htdocs" && echo ok >"$folder/htdocs/index.html"
apache2 -X -f "$folder/httpd.conf" &
apache=$!
wait "$apache"
