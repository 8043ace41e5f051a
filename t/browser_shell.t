#!/usr/bin/env perl

# Pages in the shop's own layout, in Chromium: see t/browser/shell.js.

use strict;
use warnings;

use JSON::PP;
use Test::More;

use OrderSave::Browser;
use OrderSave::Nginx;

sub file { open my $fh, '<:raw', $_[0] or die "$_[0]: $!"; local $/; return scalar <$fh> }

my @shops = (['classic theme', 'woocommerce-classic', '/layout article'],
             ['block theme', 'woocommerce-blocks', '/layout main'],
             ['opencart', 'opencart', '/layout "#content"']);

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    my ($head) = @_;
    my ($uri, $host, $shape) = ($head =~ m{^\S+ (\S+)}, $head =~ /^host: (\S+)/mi, $head =~ /^cookie:.*\bshape=([\w-]+)/mi);
    my $page = $uri =~ m{^/layout} ? file("t/pages/shell-$shape.html") =~ s/HOST/$host/gr =~ s{<head>}{<head><link rel="icon" href="data:,">}r : '<html>store';
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: " . length($page) . "\r\n\r\n$page";
});
$t->order($_, track => {milestone => 'in_transit', at => {confirmed => time - 90000, in_transit => time - 7000},
    parcels => [{number => "JD0146$_", carrier => 'dhl', milestone => 'in_transit', at => {}}]}) for 19 .. 29;

my $woo = $t->woo =~ s/Connection "";/Connection ""; proxy_set_header Host \$http_host;/r;
# the pages under /ordersave/ go by the shop as well: each has a server
my @ports = map { OrderSave::Nginx::free_port() } @shops;
my $http = join '', map { my $i = $_; <<EOT } 0 .. $#shops;
    server { listen 127.0.0.1:$ports[$i]; server_name localhost;
        ordersave_store shop; ordersave_campaign $t->{dir}/campaign.json; ordersave_key_file $t->{dir}/keys;
        ordersave_shell $shops[$i][2] timeout=30s;
        $woo
    }
EOT
$t->start_nginx(http => $http, server => $woo);

my $n = 19;
for my $i (0 .. $#shops) {
    my $track = $t->sign({p => 'track', s => 'shop', o => '19', v => 'owner', g => 0, x => time + 3600, l => 'en'});
    my %plan = (site => "http://127.0.0.1:$ports[$i]", shops => [{name => $shops[$i][0], shape => $shops[$i][1],
        cancel => $t->cancel_uri(++$n), without => $t->cancel_uri(++$n), look => $t->cancel_uri(++$n), track => "/ordersave/track/$track", lookup => '/ordersave/track'}]);
    $t->write("plan$i.json", JSON::PP->new->encode(\%plan));
    browse('shell.js', $t->path("plan$i.json"));
}

$t->stop;
done_testing;
