# check --live --write: a note on one order shows whether the API's key may write;
# nothing is written unless that is asked for.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Track;

my $json = JSON::PP->new->utf8->canonical;
my $t = OrderSave::Track->new;
$t->start(redis => {args => ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']});
my $o = $t->buy(customer => 'ada');
my $id = $t->id($o);
my $mine = qr/^ordersavectl check --write: .*\(\S{18}\)$/;

sub live { my ($rc, $out, $err) = $t->ctl('check', '--live', @_); utf8::decode($_) for $out, $err; return ($out . $err, $rc) }
sub notes { my (undef, $list) = $t->{demo}->api('GET', "/orders/$id/notes"); return @$list }
sub finds { my ($what, $line, @words) = @_; my ($out, $rc) = live(@words); like $out, $line, $what or diag $out; is $rc, 1, '  a finding' }
sub rights { $t->{demo}->control('POST', '/key', {rights => $_[0]}) }
sub campaign { my ($change) = @_; my $was = $t->read('campaign.json'); my $c = $json->decode($was); $change->($c); $t->write('campaign.json', $json->encode($c)); return $was }

my $before = notes();
my ($out) = live();
unlike $out, qr/may write/, 'without --write';
is scalar(notes()), $before, 'nothing is written';
my ($rc, undef, $err) = $t->ctl('check', '--write', $id);
is $rc, 2, '--write without --live';
like $err, qr/--write is of check --live/, 'is a mistake';
is scalar(notes()), $before, 'and writes nothing';

($out) = live('--write', $id);
like $out, qr/^ok - shop: the key may write: a note on order $id: and it can be read there$/m, 'with it the key may write' or diag $out;
my ($new) = grep { $_->{note} =~ $mine } notes();
is scalar(notes()), $before + 1, 'one note is there';
ok $new, 'with words that say whose it is';
ok !$new->{customer_note}, 'which no buyer sees';
($out) = live('--write', "shop/$id");
like $out, qr/^ok - shop: the key may write/m, 'the order by its store';

# what can be wrong

$before = notes();
rights('read');
finds('a key that may not write', qr/^not ok - shop: the key may write: a note on order $id: .* said 401: The API key provided does not have write permissions\.: the key reads and may not write: give it the right to \(in WooCommerce: Settings, Advanced, REST API, Permissions: Read\/Write\)$/m, '--write', $id);
($out) = live();
like $out, qr/^ok - the store's API lets us in/m, 'that it reads was not enough to know';
rights('user');
finds('a user who may not', qr/^not ok - shop: the key may write: .* said 403: Sorry, you are not allowed to create resources\.: the key may write, and whom it belongs to may not change orders/m, '--write', $id);
rights('read_write');
finds('an order that is none', qr/^not ok - shop: the key may write: a note on order 999999: .* said 404.*: it has no such order: name one that it has/m, '--write', '999999');
$t->store_fault(match => 'POST .*/notes', times => 1, status => 503);
finds('a store that fails', qr/^not ok - shop: the key may write: .* said 503.*: it fails itself: look at its own log/m, '--write', $id);
$t->store_fault(match => 'POST .*/notes', times => 1, drop => 1);
finds('one that hangs up', qr/^not ok - shop: the key may write: .* does not answer: .*: it hung up/m, '--write', $id);
$t->store_fault;
my $was = campaign(sub { $_[0]{api}{actions}{note}[0]{url} = '/wp-json/wc/v3/none/{{order.id}}' });
finds('an address that is none', qr/^not ok - shop: the key may write: .* said 404.*: it has no such address: look at api\.actions\.note/m, '--write', $id);
$t->write('campaign.json', $was);
is scalar(notes()), $before, 'nothing of all that was written';
my ($none, undef, $said) = $t->ctl('check', '--live', '--write', 'other/1');
isnt $none, 0, 'a store that is none';

# written, and not to be read back

$t->store_fault(match => 'GET .*/notes', times => 1, status => 404);
($out) = live('--write', $id);
like $out, qr/^ok - shop: the key may write: a note on order $id$/m, 'a note that cannot be read back was written';
like $out, qr/^note - the note cannot be read back from where it was written to \(404\): look at the order, whether it has \S{18}$/m, 'which a person looks at';
is scalar(notes()), $before + 1, 'it is there';
$t->store_fault;

# an API without a write that harms nothing

$was = campaign(sub { delete $_[0]{api}{actions}{note} });
($out) = live('--write', $id);
like $out, qr/^note - shop: nothing is written: the campaign has no action "note", and every other changes something; whether the key may write shows with the first offer$/m, 'without a note nothing is tried';
is scalar(notes()), $before + 1, 'nor written';
$t->write('campaign.json', $was);

$t->stop;
done_testing;
