# Runs Apache on loopback with the directives on standard input, until it is told
# to end. For other scripts to include.
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
trap 'kill "$apache" 2>/dev/null' INT TERM
{
	cat <<END
ServerRoot /usr/lib/apache2
ServerName 127.0.0.1
Listen 127.0.0.1:$PORT
DocumentRoot $folder/htdocs
PidFile $folder/pid
ErrorLog /dev/stderr
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authn_core_module modules/mod_authn_core.so
LoadModule authz_core_module modules/mod_authz_core.so
END
	cat
} >"$folder/httpd.conf"
mkdir "$folder/htdocs" && echo ok >"$folder/htdocs/index.html"
apache2 -X -f "$folder/httpd.conf" &
apache=$!
wait "$apache"
