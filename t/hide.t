# A token in an address opens an order: no log has it, whatever ends the
# request, and however the address is written.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis;
$t->order(19);
$t->write('users', 'nobody:{PLAIN}x');     # crypt() is not known to sanitizers
my $token = $t->sign({p => 'track', s => 'shop', o => '19', v => 'link', g => 0, x => time + 600});
my $code = 'AbCdEf123456';
$t->start_upstream(sub { "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /ordersave/track/$token\r\nContent-Length: 0\r\n\r\n" });
$t->start_nginx(http => <<"EOT", server => <<"EOT2");
        log_format full '\$request|\$request_uri|\$uri|\$document_uri|\$args';
        access_log $t->{dir}/logs/full.log full;
        limit_req_zone \$request_uri zone=few:64k rate=1r/m;
        limit_req_zone \$server_name zone=none:64k rate=1r/m;
        map \$request_uri \$early { default \$request_uri; }
EOT
        set \$kept \$early;
        location /ordersave/ { ordersave_api on; add_header X-Early \$kept; }
        location /o/ { ordersave_api on; }
        location /ordersave/track/limited { ordersave_api on; }
        location ~ ^/ordersave/track/.*/limited\$ { ordersave_api on; limit_req zone=none; }
        location ~ ^/ordersave/track/.*/denied\$ { ordersave_api on; deny all; }
        location ~ ^/ordersave/track/.*/user\$ { ordersave_api on; auth_basic shop; auth_basic_user_file $t->{dir}/users; }
        location ~ ^/ordersave/track/.*/large\$ { ordersave_api on; client_max_body_size 1; }
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

$t->kill_now('nginx', 'QUIT');
my $log = join '', map { $t->read("logs/$_") } qw(full.log access.log error.log);
unlike $log, qr/\Q$token\E/, 'no log has the token';
unlike $log, qr/\Q$dots\E/, 'nor with its dots escaped';
unlike $log, qr/\Q$all\E/i, 'nor all of it';
my ($mac) = $token =~ /([^.]+)$/;
unlike $log, qr/\Q$mac\E/, 'nor its end';
unlike $log, qr/$code/, 'nor a short code';
like $log, qr{/ordersave/track/\*+}, 'but stars';
like $log, qr/access forbidden by rule/, 'where others log as well';

$t->stop;
done_testing;
