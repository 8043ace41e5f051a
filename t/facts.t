# What happened, as facts in the shard's stream: each once, without a name or an
# address; words lie beside it, and go when their buyer is erased.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Track;

my $json = JSON::PP->new->canonical->utf8;
my $t = OrderSave::Track->new(campaign => {site => 'https://shop.test', refund => {by => 'api'},
    offers => [{id => 'ten', reasons => ['costs'], give => {discount => {percent => '10'}}}]});
$t->start(no_worker => 1);
$t->configure(facts => {keep => '2d'});
$t->start_worker;

sub facts {
    my ($order) = @_;
    $t->settled;
    my @all = map { $json->decode($_->[1][1]) } map { @{$t->redis('XRANGE', $t->shard_key($_, 'facts'), '-', '+')} } 0 .. ($t->{shards} // 16) - 1;
    return grep { !$order || $_->{order} eq 'shop/' . $t->id($order) } @all;
}
sub kinds { return join ' ', sort map { $_->{kind} } facts(@_) }
sub fact { my ($order, $kind) = @_; return (grep { $_->{kind} eq $kind } facts($order))[0] // {} }

my $o = $t->buy(customer => 'ada', billing => {email => 'ada@shop.test', first_name => 'Adalovelace', phone => '+15005550006', country => 'DE'});
is kinds($o), 'placed', 'an order';
my $placed = fact($o, 'placed');
is $placed->{money}, $t->record($o)->{total}, 'its total';
is $placed->{country}, 'DE', 'where it goes';
is_deeply $placed->{items}, [map { $_->{id} } @{$t->record($o)->{items}}], 'what was bought';
is $placed->{customer}, $t->record($o)->{customer}, 'by whom, as a keyed hash';
$t->webhook({%{$o->{order}}, date_modified_gmt => OrderSave::Track::iso(time + 1) =~ s{Z$}{}r});
is kinds($o), 'placed', 'told of again: nothing new';

$t->tell($o, kind => 'exposed', arm => 'treatment', experiment => 'x', offers => ['ten']);
$t->tell($o, kind => 'asked', reason => 'costs', comment => 'Too <dear>');
my $asked = fact($o, 'asked');
is_deeply fact($o, 'exposed')->{offers}, ['ten'], 'what was shown';
is $asked->{reason}, 'costs', 'why';
is $asked->{arm}, 'treatment', 'in which arm';
ok $asked->{words}, 'that there are words';
my $words = sub { my %h = @{$t->redis('HGETALL', $t->key('words:shop/' . $t->id($_[0]), 'shop/' . $t->id($_[0])))}; return \%h };
is $words->($o)->{$asked->{id}}, 'Too <dear>', 'the words themselves lie beside it';
cmp_ok $t->redis('TTL', $t->key('words:shop/' . $t->id($o), 'shop/' . $t->id($o))), '<=', 2 * 86400, 'for as long as facts are kept';

$t->accept($o, offer => 'ten');
ok $t->wait_for('the store', sub { ($t->decision($o) // {})->{applied} eq 'done' }), 'an offer';
is fact($o, 'decided')->{outcome}, 'accepted', 'is accepted';
cmp_ok fact($o, 'decided')->{money}, '>', 0, 'for so much money';
is fact($o, 'applied')->{outcome}, 'done', 'and applied';
is fact($o, 'saved')->{money}, $t->record($o)->{total}, 'an order is saved' if $t->record($o)->{payment} ne 'unpaid';
my $mail;
ok $t->wait_for('a mail', sub { ($mail) = grep { $_->{kind} eq 'message' && $_->{message} eq 'applied' } facts($o) }), 'the mail';
is "$mail->{channel} $mail->{outcome}", 'smtp sent', 'has gone';

$t->ship($o, 'F1');
$t->wait_for('the parcel', sub { $t->parcel($o, 'F1') });
$t->aftership('F1', 'Delivered');
my @parcel = grep { $_->{kind} eq 'parcel' && ($_->{milestone} // '') eq 'delivered' } facts($o);
is scalar @parcel, 1, 'a parcel that has arrived, once';
ok $parcel[0]{times}{delivered}, 'with its times';
is $parcel[0]{carrier}, 'ups', 'and its carrier' or diag explain $parcel[0];
$t->tell($o, kind => 'scored', score => 2, comment => 'slow');
is fact($o, 'score')->{value}, 2, 'a score';

$t->settled;
my (undef, $gone) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
$t->webhook({%$gone, date_modified_gmt => '2031-01-02T00:00:00'});
is fact($o, 'cancelled')->{reason}, 'costs', 'cancelled after all, and why';

my @ids = map { $_->{id} } facts($o);
my %seen;
is join(' ', grep { $seen{$_}++ } @ids), '', 'no fact is there twice';
unlike join('', map { $json->encode($_) } facts()), qr/Adalovelace|shop\.test|5005550006|Too|slow/, 'no name, address or word is in them';

# a message that never arrives

$t->{sink}->request('POST', '/api/faults', {}, json => {at => 'rcpt', times => 1, reply => '550 5.1.1 no such user'});
my $lost = $t->buy(customer => 'budi', billing => {email => 'budi@shop.test'});
$t->accept($lost, offer => 'ten');
ok $t->wait_for('it', sub { (fact($lost, 'message')->{outcome} // '') eq 'dead' }), 'what died is told of';

# erased

is +($t->ctl('erase', 'ada@shop.test'))[0], 0, 'the buyer is erased';
is_deeply $words->($o), {}, 'the words are gone';
cmp_ok scalar(facts($o)), '>', 5, 'what was counted stays';

# a full Redis takes no facts, and all the rest

my $full = $t->buy(customer => 'grace', billing => {email => 'grace@shop.test'});
my $was = facts($full);
kill STOP => $t->{pids}{worker};
$t->tell($full, kind => 'scored', score => 4);
$t->redis('CONFIG', 'SET', 'maxmemory', '1mb');
kill CONT => $t->{pids}{worker};
ok $t->wait_for('it', sub { (($t->record($full)->{save} // {})->{score} // {})->{value} }), 'what happens while Redis is full is taken up';
$t->redis('CONFIG', 'SET', 'maxmemory', '0');
is scalar(facts($full)), $was, 'without a fact';
my $lost_facts = $t->redis('HGET', $t->shard_key($t->shard('shop/' . $t->id($full)), 'stat'), '-:facts.lost');
is $lost_facts, 1, 'which is counted as lost';

# too many: the oldest go, and are counted

$t->kill_now('worker');
$t->configure(facts => {keep => '2d', most => 256});
$t->start_worker;
my $many = $t->buy(customer => 'ada', billing => {email => 'many@shop.test'});
$t->tell($many, kind => 'scored', score => 1 + $_ % 5) for 1 .. 400;
ok $t->settled, 'many';
my $shard = $t->shard('shop/' . $t->id($many));
cmp_ok $t->redis('XLEN', $t->shard_key($shard, 'facts')), '<', 250, 'no more are kept than was said';
cmp_ok $t->redis('HGET', $t->shard_key($shard, 'stat'), '-:facts.lost') // 0, '>', 100, 'and what went is counted';

# none

$t->kill_now('worker');
$t->configure(facts => JSON::PP::false);
$t->start_worker;
my $none = $t->buy(customer => 'ada', billing => {email => 'none@shop.test'});
is kinds($none), '', 'a shop that wants none has none';

$t->stop;
done_testing;
