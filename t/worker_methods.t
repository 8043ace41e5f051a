# An offer for one way of paying: the store's own word for it comes by its
# webhook, and is kept where a condition asks for it.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->{overrides} = {offers => [map { {id => $_->[0], reasons => ['*'], give => {request => {}}, when => $_->[1]} }
    ['wire', {methods => ['bacs', 'cheque']}], ['card', {methods => ['card']}], ['young', {max_age => '1h'}], ['old', {min_age => '1h'}],
    ['full', {discounted => JSON::PP::false}]]};
$t->start;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

for (['bacs', 'wire young full'], ['card', 'card young full'], ['cod', 'young full']) {
    my ($method, $offers) = @$_;
    my $o = $t->buy(customer => 'ada', payment_method => $method);
    ok $t->settled, "$method: an order";
    my $page = $t->get($o->{cancel_url} =~ s{^https?://[^/]+}{}r);
    my %seen;
    is join(' ', grep { !$seen{$_}++ } $page->{body} =~ /value="accept:(\w+)"/g), $offers, "$method: $offers";
    is $t->record($o)->{pay_method}, $method, "$method: is kept";
}

$t->stop;
done_testing;
