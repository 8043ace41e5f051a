# A token in an address opens an order: no log has it, whatever ends the
# request, and however the address is written.

use strict;
use warnings;
use Test::More;
use Digest::SHA qw(hmac_sha1_base64);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis;
$t->order(19);
$t->write('users', 'nobody:{PLAIN}x');     # crypt() is not known to sanitizers
my $token = $t->sign({p => 'track', s => 'shop', o => '19', v => 'link', g => 0, x => time + 600});
my $code = 'AbCdEf123456';
$t->start_upstream(sub { $_[0] =~ m{^GET /asked} ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" : "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /ordersave/track/$token\r\nContent-Length: 0\r\n\r\n" });
$t->start_nginx(http => <<"EOT", server => <<"EOT2");
        log_format full '\$request|\$request_uri|\$uri|\$document_uri|\$args';
        access_log $t->{dir}/logs/full.log full;
        limit_req_zone \$request_uri zone=few:64k rate=1r/m;
        limit_req_zone \$server_name zone=none:64k rate=1r/m;
        map \$request_uri \$early { default \$request_uri; }
EOT
        set \$kept \$early;
        if (\$arg_plain) { return 301 https://shop.test\$request_uri; }
        location /ordersave/ { ordersave_api on; add_header X-Early \$kept; }
        location /o/ { ordersave_api on; }
        location /ordersave/track/limited { ordersave_api on; }
        location ~ ^/ordersave/track/.*/limited\$ { ordersave_api on; limit_req zone=none; }
        location ~ ^/ordersave/track/.*/denied\$ { ordersave_api on; deny all; }
        location ~ ^/ordersave/track/.*/user\$ { ordersave_api on; auth_basic shop; auth_basic_user_file $t->{dir}/users; }
        location ~ ^/ordersave/track/.*/large\$ { ordersave_api on; client_max_body_size 1; }
        location ~ ^/ordersave/track/.*/asked\$ { ordersave_api on; auth_request /asked; log_subrequest on; }
        location ~ ^/ordersave/track/.*/page\$ { ordersave_api on; deny all; error_page 403 /page.html; }
        location ~ ^/ordersave/track/.*/big\$ { ordersave_api on; client_max_body_size 1; error_page 413 /page.html; }
        location = /asked { internal; proxy_pass http://store/asked; proxy_set_header X-For \$request_uri; log_subrequest on; }
        location = /page.html { return 200 "a page"; }
        location /accel/ { proxy_pass http://store; }
        location /named/ { return 404; error_page 404 /ordersave/track/$token; }
EOT2

like $t->get("/ordersave/track/$token")->{body}, qr/Confirmed|confirmed/, 'the page comes';
my $dots = $token =~ s/\./%2E/gr;
like $t->get("/ordersave/track/$dots")->{body}, qr/onfirmed/, 'with %2E as well';
my $all = join '', map { sprintf '%%%02x', ord } split //, $token;
like $t->get("/%6frdersave/%74rack/$all?x=1")->{body}, qr/onfirmed/, 'or with all of it escaped';
like $t->get("/ordersave//track/./$token")->{body}, qr/onfirmed/, 'or with slashes and dots';
$t->get("/ordersave/track/$token/limited") for 1, 2, 3;
is $t->get("/ordersave/track/$token/denied")->{status}, 403, 'deny';
is $t->get("/ordersave/track/$token/user", headers => ['Authorization: Basic bm9ib2R5Onl5'])->{status}, 401, 'auth_basic';
is $t->http('POST', "/ordersave/track/$token/large", body => 'x' x 100)->{status}, 413, 'a body that is too large';
$t->get("/o/$code");
like $t->get("/accel/x")->{body}, qr/onfirmed/, 'the store leads there';
like $t->get('/named/x')->{body}, qr/onfirmed/, 'an error_page leads there';
like $t->get('/named/x')->{body}, qr/onfirmed/, 'and again: the configuration is as it was';

is OrderSave::Nginx::header($t->get("/ordersave/track/$token?plain=1"), 'Location'),
    "https://shop.test/ordersave/track/$token?plain=1", 'a redirect of the whole server leads to the same page';
$t->forget_upstream;
$t->get("/ordersave/track/$token/asked");
like +($t->upstream_requests)[0]{head}, qr{^X-For: /ordersave/track/\Q$token\E/asked\r$}m, 'who is asked about it is told the address';
is $t->get("/ordersave/track/$token/page")->{body}, 'a page', 'an error page of the shop';
$t->http('POST', "/ordersave/track/$token/big", body => 'x' x 100);
$t->raw("GET /ordersave/track/$token HTTP/1.1\r\nBad Header\r\n\r\n");

$t->kill_now('nginx', 'QUIT');
my $log = join '', map { $t->read("logs/$_") } qw(full.log access.log error.log);
# at "info" nginx tells of a header before anybody else sees the request
$log =~ s/^.*client sent invalid header line.*\n//mg;
unlike $log, qr/\Q$token\E/, 'no log has the token';
unlike $log, qr/\Q$dots\E/, 'nor with its dots escaped';
unlike $log, qr/\Q$all\E/i, 'nor all of it';
my ($mac) = $token =~ /([^.]+)$/;
unlike $log, qr/\Q$mac\E/, 'nor its end';
unlike $log, qr/$code/, 'nor a short code';
like $log, qr{/ordersave/track/\*+}, 'but stars';
like $log, qr/access forbidden by rule/, 'where others log as well';

$t->stop;

# What is not ours, though its address begins like ours, is what it was: to the
# store, in a form, in a signature, in the logs.

my $o = OrderSave::Nginx->new->start_redis;
$o->order(19);
$o->write('secret', "auth-token\n");
$o->start_upstream(sub { my ($head) = @_;
    my $more = $head =~ m{^GET /accel} ? "X-Accel-Redirect: /ordersave/track/$token\r\n" : '';
    "HTTP/1.1 200 OK\r\n${more}Content-Length: 5\r\n\r\nstore" });
$o->start_nginx(http => <<"EOT", server => <<"EOT2");
        log_format full '\$request|\$request_uri|\$uri|\$early';
        access_log $o->{dir}/logs/full.log full;
        map \$request_uri \$early { default \$request_uri; }
EOT
        set \$kept \$early;
        ordersave_cancel   \$ordersave_has_cancel_order;
        ordersave_order_id \$ordersave_arg_order_id;
        ordersave_proof    \$ordersave_arg_order;
        location / { proxy_pass http://store; proxy_set_header X-Early \$kept; proxy_set_header X-Line "\$request"; }
        location /ordersave/ { ordersave_api on; error_page 404 = \@store; }
        location /ordersave/office/ { ordersave_api off; proxy_pass http://store; proxy_set_header X-Early \$kept; }
        location ~ ^/ordersave/office/.*/denied\$ { ordersave_api off; deny all; }
        location ~ ^/ordersave/office/.*/page\$ { ordersave_api off; deny all; error_page 403 /page.html; }
        location /ordersave/moved/ { ordersave_api off; rewrite ^/ordersave/moved/(.*)\$ /new/\$1 last; }
        location /ordersave/inside/ { ordersave_api off; rewrite ^/ordersave/inside/(.*)\$ /ordersave/track/\$1 last; }
        location = /ordersave/in/twilio-sms { ordersave_api off; ordersave_ingest twilio secret_file=$o->{dir}/secret; }
        location \@store { proxy_pass http://store; proxy_set_header X-Early \$kept; }
EOT2

my $sent = sub {
    my ($uri, $name) = @_;
    $o->forget_upstream;
    $o->get($uri);
    my $head = ($o->upstream_requests)[0]{head};
    like $head, qr{^GET \Q$uri\E HTTP}, "$name: the store is sent the true address";
    like $head, qr{^X-Early: \Q$uri\E\r$}m, "$name: also in a header";
    return $head;
};
like $sent->('/o/shoes-and-socks-2025?x=1', 'below the short path'),
    qr{^X-Line: GET /o/shoes-and-socks-2025\?x=1 HTTP/1\.1\r$}m, 'and the line of the request';
$sent->('/ordersave/office/orders%2F2025-or-so?x=1', 'below the api path');
$sent->('/ordersave/theirs/something-of-a-plugin', 'what we have no page for');
$o->get('/ordersave/office/shoes-and-socks/denied');
$o->get('/ordersave/office/shoes-and-socks/page');
$o->get('/ordersave/moved/shoes-and-socks');

my $cancel = '/o/shoes-and-socks-2025' . ($o->cancel_uri(19) =~ s{^/cart/}{}r);
my $page = $o->get($cancel);
my ($action) = $page->{body} =~ /<form[^>]*\baction="([^"]*)"/;
is +($action // '') =~ s/&amp;/&/gr, $cancel, 'a cancel: the form goes where it came from';
$o->forget_upstream;
$o->post($cancel, [[ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token($page)]]);
like +($o->upstream_requests)[0]{head}, qr{^GET \Q$cancel\E HTTP}, 'and "cancel anyway" to the store';

my $url = 'http://localhost/ordersave/in/twilio-sms';
my $signature = hmac_sha1_base64($url . 'BodySTOPFrom+491701234567MessageSidSM1', 'auth-token') . '=';
is $o->http('POST', '/ordersave/in/twilio-sms', bare => 1,
    body => 'Body=STOP&From=%2B491701234567&MessageSid=SM1',
    headers => ["X-Twilio-Signature: $signature"])->{status}, 202, 'a webhook: its signature is over the true address';

like $o->get("/ordersave/inside/$token")->{body}, qr/onfirmed/, 'a location of theirs that leads to ours';
like $o->get("/ordersave/inside/$all")->{body}, qr/onfirmed/, 'also escaped';

$o->kill_now('nginx', 'QUIT');
my $theirs = join '', map { $o->read("logs/$_") } qw(full.log access.log error.log);
like $theirs, qr{\Q$_\E}, "the logs have $_" for
    'GET /o/shoes-and-socks-2025?x=1 HTTP/1.1|/o/shoes-and-socks-2025?x=1|/o/shoes-and-socks-2025|/o/shoes-and-socks-2025?x=1',
    'request: "GET /ordersave/office/shoes-and-socks/denied HTTP/1.1"',
    'GET /ordersave/office/shoes-and-socks/page HTTP/1.1|/ordersave/office/shoes-and-socks/page|/page.html|',
    'GET /ordersave/moved/shoes-and-socks HTTP/1.1|/ordersave/moved/shoes-and-socks|/new/shoes-and-socks|';
unlike $theirs, qr{\Q$_\E}i, 'but no token' for $token, $all;

$o->stop;
done_testing;
