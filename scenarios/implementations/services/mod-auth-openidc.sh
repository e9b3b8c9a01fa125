#!/bin/sh
# Apache with mod_auth_openidc as a resource server: AuthType oauth20 with the
# JWK Set of the issuer, which must be at https, and Require for iss and aud,
# which the module leaves to it.
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
LoadModule authz_user_module modules/mod_authz_user.so
LoadModule auth_openidc_module modules/mod_auth_openidc.so
OIDCOAuthVerifyJwksUri $JWKS_URI
OIDCCABundlePath $CA_FILE
OIDCOAuthRemoteUserClaim sub
<Location />
  AuthType oauth20
  <RequireAll>
    Require claim iss:$ISSUER
    Require claim aud:$CLIENT_ID
  </RequireAll>
</Location>
END
mkdir "$folder/htdocs" && echo ok >"$folder/htdocs/index.html"
apache2 -X -f "$folder/httpd.conf" &
apache=$!
wait "$apache"
