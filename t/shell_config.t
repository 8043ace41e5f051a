# What "ordersave_shell" may say: a fault is told when nginx reads it.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" });
my $woo = $t->woo;
sub says { my ($directive, $expected, $name, %o) = @_;
    my ($ok, $text) = $t->try_config(server => "$directive\n" . ($o{server} // $woo));
    is $ok ? 1 : 0, $o{good} ? 1 : 0, $name;
    like $text, $expected, "$name: what is said" }

says 'ordersave_shell /my-account/ main;', qr/test is successful/, 'a page and an element', good => 1;
says 'ordersave_shell "/page?a=$arg_b" "div#main.entry" timeout=500ms size=1m;', qr/test is successful/, 'with all that there is', good => 1;
says 'ordersave_shell off;', qr/test is successful/, 'none', good => 1;
says 'ordersave_shell on;', qr/"on".*expected "off", or a URI and a selector/, 'a switch';
says 'ordersave_shell my-account main;', qr/"my-account".*a URI that begins with "\/"/, 'no path';
says 'ordersave_shell https://shop.test/ main;', qr/a URI that begins with "\/"/, 'another site';
says 'ordersave_shell /a "main nav";', qr/main nav/, 'two elements in a selector';
says 'ordersave_shell /a "";', qr/expected/, 'no selector';
says 'ordersave_shell /a tr;', qr/"?tr"?/, 'an element that holds no block';
says 'ordersave_shell /a main timeout=0;', qr/"timeout=0".*from 1ms to 60s/, 'no time';
says 'ordersave_shell /a main size=9m;', qr/"size=9m".*from 1k to 8m/, 'too much';
says 'ordersave_shell /a main wait=1s;', qr/"wait=1s".*timeout= or size=/, 'a word that is not known';
says 'ordersave_shell /a main; ordersave_shell /b main;', qr/duplicate/, 'two of them';
says 'ordersave_shell /ordersave/track main;', qr/"ordersave_shell" is to be a page of the store.*nginx\.conf:\d+/, 'a page of ours';
says 'ordersave_shell /a main;', qr/"ordersave_shell" has no effect.*nginx\.conf:\d+/, 'where nothing is shown', server => 'location / { proxy_pass http://store; }';
says '', qr/"ordersave_shell" has no effect/, 'nor in a location of its own', server => "$woo location /x/ { ordersave_cancel off; ordersave_shell /a main; proxy_pass http://store; }";
says '', qr/"ordersave_shell" needs a location with "ordersave_api on"/, 'where links lead nowhere', server => <<'EOT';
    ordersave_cancel $ordersave_has_cancel_order; ordersave_order_id $ordersave_arg_order_id;
    ordersave_shell /a main;
    location / { proxy_pass http://store; }
EOT

$t->stop;
done_testing;
