# HTTP/3: the page of a cancel, an accept, a panel; and an accept whose client
# closes the connection while Redis is silent is decided all the same.
#
# Neither Debian's nginx nor its clients speak it: this runs where
# ORDERSAVE_NGINX is an nginx that does, and ORDERSAVE_NGINX_TESTS the folder of
# nginx' own test suite, whose client is used. That a connection was closed is
# told by nginx' debug log alone.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $suite = $ENV{ORDERSAVE_NGINX_TESTS} // '';
my $nginx = $ENV{ORDERSAVE_NGINX} // 'nginx';
plan skip_all => "$nginx speaks no HTTP/3" unless `$nginx -V 2>&1` =~ /--with-http_v3_module/;
plan skip_all => "$nginx has no debug log" unless `$nginx -V 2>&1` =~ /--with-debug/;
plan skip_all => 'ORDERSAVE_NGINX_TESTS names no folder with a client' unless -f "$suite/lib/Test/Nginx/HTTP3.pm";

unshift @INC, "$suite/lib";
require Test::Nginx;
require Test::Nginx::HTTP3;
{
    # it is told a port, and what it logs is for another harness
    no warnings qw(redefine once);
    *Test::Nginx::HTTP3::port = sub { $_[0] };
    *Test::Nginx::log_core = sub { };
}

my $page = '<html><body><p>page</p><div class="here"></div></body></html>';
my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " . length($page) . "\r\n\r\n$page";
});
$t->order($_) for 19, 20;
my $dir = $t->dir;
my $said = `openssl req -x509 -newkey rsa:2048 -nodes -keyout $dir/k.pem -out $dir/c.pem -days 2 -subj /CN=localhost 2>&1`;
is $?, 0, 'a certificate' or diag $said;

my $port = OrderSave::Nginx::free_port();
$t->start_nginx(log_level => 'debug', server => <<"EOT1" . $t->woo . <<'EOT2');
        listen 127.0.0.1:$port quic;
        ssl_certificate $dir/c.pem;
        ssl_certificate_key $dir/k.pem;
        ssl_protocols TLSv1.3;
EOT1
        location /track/ { ordersave_track on; ordersave_order_id $arg_id; ordersave_proof $arg_key; ordersave_anchor append .here; proxy_pass http://store; }
EOT2

sub ask {
    my ($client, $method, $path, %o) = @_;
    my @head = ([':method', $method], [':scheme', 'https'], [':path', $path], [':authority', 'localhost'],
        ['accept', 'text/html'], ['sec-fetch-mode', 'navigate'], ['sec-fetch-dest', 'document'],
        defined $o{body} ? (['content-type', 'application/x-www-form-urlencoded'], ['content-length', length $o{body}]) : ());
    my $id = $client->new_stream({headers => [map { {name => $_->[0], value => $_->[1], mode => 4} } @head],
        defined $o{body} ? (body => $o{body}) : ()});
    return if $o{leave};
    my $frames = $client->read(all => [{sid => $id, fin => 1}]);
    my ($headers) = map { $_->{headers} } grep { $_->{type} eq 'HEADERS' } @$frames;
    return {status => $headers->{':status'}, headers => $headers,
        body => join '', map { $_->{data} } grep { $_->{type} eq 'DATA' } @$frames};
}

sub accept_form { my ($page) = @_; return 'ordersave_do=accept%3Aten&ordersave_reason=costs&ordersave_token=' . OrderSave::Nginx::token($page) }
sub decision { my ($id) = @_; return $t->redis('GET', $t->decision_key($id)) // '' }

my $client = Test::Nginx::HTTP3->new($port);
my $offer = ask($client, GET => $t->cancel_uri(19));
is $offer->{status}, 200, 'a cancel';
like $offer->{body}, qr/ordersave_token/, 'is met with an offer';
is ask($client, POST => $t->cancel_uri(19), body => accept_form($offer))->{status}, 303, 'which is accepted';
like decision(19), qr/"accepted"/, 'and decided';
my $panel = $t->in_time(sub { ask($client, GET => '/track/?id=19&key=wc_order_19') });
like $panel->{body}, qr/ordersave-panel/, 'a panel';

# the client goes while its form waits

$offer = ask($client, GET => $t->cancel_uri(20));
$t->silence;
my $other = Test::Nginx::HTTP3->new($port);
my $before = length $t->read('logs/error.log');
ask($other, POST => $t->cancel_uri(20), body => accept_form($offer), leave => 1);
ok $t->wait_for('the question', sub { $t->redis_asked > 100 }), 'a form is there, Redis is silent';
undef $other;
ok $t->wait_for('the end of the connection', sub { substr($t->read('logs/error.log'), $before) =~ /quic frame rx .*CONNECTION_CLOSE/ }), 'its client closes the connection';
$t->let_speak;
ok $t->wait_for('the decision', sub { decision(20) =~ /"accepted"/ }), 'it is decided all the same';

$t->stop;
done_testing;
